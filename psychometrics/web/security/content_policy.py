"""What a page may load and run: nothing from elsewhere, and of inline code only what the server wrote.

Content Security Policy Level 3, https://www.w3.org/TR/CSP3/.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from html.parser import HTMLParser

SELF = "'self'"


def content_policy(nonce: str) -> str:
    """Return the policy of the app's own pages: its own files, and inline code that carries the nonce."""
    own = f"{SELF} 'nonce-{nonce}'"
    return _policy(script=own, style=own, extra=f"connect-src {SELF}; ")


def policy_for_page(html: str) -> str:
    """Return the policy of a self-contained page: exactly the scripts and styles that are in it, and nothing else.

    Parameters
    ----------
    html : str
        A page with inline scripts and styles, such as the result page. They are allowed by their SHA-256, so anything
        that slipped into the page later would not run.
    """
    found = _Inline()
    found.feed(html)
    found.close()
    script = " ".join(_hashes(found.scripts)) or "'none'"
    style = " ".join(_hashes(found.styles)) or "'none'"
    attributes = "style-src-attr 'unsafe-inline'; " if found.attributes else ""
    return _policy(script=script, style=style, extra=attributes)


def _policy(*, script: str, style: str, extra: str) -> str:
    return (
        f"default-src 'none'; script-src {script}; style-src {style}; {extra}img-src {SELF} data:; "
        f"form-action {SELF}; base-uri 'none'; frame-ancestors 'none'"
    )


def _hashes(parts: list[str]) -> list[str]:
    digests = (b64encode(hashlib.sha256(part.encode()).digest()).decode() for part in parts)
    return [f"'sha256-{digest}'" for digest in dict.fromkeys(digests)]


class _Inline(HTMLParser):
    """Collects what stands inside script and style elements, exactly as a browser hashes it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self.attributes = False
        self._into: list[str] | None = None
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes |= any(name == "style" for name, _ in attrs)
        if tag in ("script", "style"):
            self._into = self.scripts if tag == "script" else self.styles
            self._text = ""

    def handle_data(self, data: str) -> None:
        if self._into is not None:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style") and self._into is not None:
            self._into.append(self._text)
            self._into = None
