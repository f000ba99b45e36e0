"""The web app: routes to pages; sessions, forms and headers are watched over by ``web.security``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from psychometrics.errors import MissingPackageError

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from psychometrics.norming import Norms
    from psychometrics.web.security import Limits
    from psychometrics.web.store import Store


def make_app(
    store: Store,
    *,
    public_url: str = "",
    secret: str | None = None,
    norms: Mapping[str, Norms] | None = None,
    limits: Limits | None = None,
    language: str = "en",
) -> Starlette:
    """Return the web app in which persons take assessments, raters rate them, and result pages are shown.

    Parameters
    ----------
    store : Store
        Where everything is kept; from :func:`psychometrics.web.store.open_store`.
    public_url : str
        The address that browsers use, such as ``https://assess.example.org/rust``. Its path goes before every link,
        with https cookies are for https alone, and requests to another host are refused. Left out: this machine.
    secret : str, optional
        Signs sessions and forms; left out, the secret of the store does.
    norms : mapping of instrument name to Norms, optional
        Editions to place scores in, by ``id@version``; other instruments use the default norms of their definition.
    limits : Limits, optional
        How much one client may ask for.
    language : str
        Language of the pages; what a definition says stands in its own.

    Returns
    -------
    Starlette
        An ASGI app: ``uvicorn.run(make_app(store))``.

    Raises
    ------
    MissingPackageError
        The extra ``web`` is not installed.
    StoreError
        ``public_url`` is no web address; the pages have no words in ``language``.
    """
    try:
        import starlette  # noqa: F401
    except ImportError as error:
        raise MissingPackageError(
            "the web app needs Starlette", hint='Install it: pip install "psychometrics-engine[web]"'
        ) from error
    from psychometrics.web.pages.routing import build_app

    return build_app(
        store, public_url=public_url, secret=secret, norms=norms or {}, limits=limits, language=language
    )
