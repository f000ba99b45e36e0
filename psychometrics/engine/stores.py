"""Object stores: opened, and what they say about an object."""

from __future__ import annotations

from copy import copy

import pyarrow.fs as pafs

from psychometrics.engine.addresses import shown, without_secret
from psychometrics.engine.faults import CAUSES, SHOWN
from psychometrics.errors import RunError

SECOND = 1_000_000_000
REACH = "Check the address, the rights of the credentials, and that the store can be reached from here."


def open_address(address: str) -> tuple[pafs.FileSystem, str]:
    """Return the store of an address and the path in it.

    An S3 store of an address tries again for a hundred seconds where nobody answers; the same store made anew gives
    up after three attempts, as every other S3 store of pyarrow does.

    Raises
    ------
    RunError
        No such kind of store, or one that does not answer; without the secret that the address may hold.
    """
    if not address.startswith("fsspec+"):
        address = address.replace(" ", "%20")
    try:
        store, path = pafs.FileSystem.from_uri(address)
    except (*CAUSES, ValueError, ImportError) as error:
        text = without_secret(str(error).replace(address, shown(address)))
        raise RunError(" ".join(text.split())[:SHOWN], hint=REACH) from None
    if not path.strip("/"):
        raise RunError("no bucket is named", hint="Give an address such as s3://bucket/folder.")
    return (copy(store) if store.type_name == "s3" else store), path


def open_folder(folder: pafs.FileSystem) -> tuple[pafs.FileSystem, str]:
    """Return the store that a folder is in, and its path there.

    Raises
    ------
    RunError
        This is no folder in a store, or one of this machine.
    """
    path, store = "", folder
    while isinstance(store, pafs.SubTreeFileSystem):
        path, store = f"{store.base_path}{path}", store.base_fs
    if not path.strip("/") or isinstance(store, pafs.LocalFileSystem):
        raise RunError(
            f"a {type(folder).__name__} does not say which folder of a store is to be read",
            hint='Give pyarrow.fs.SubTreeFileSystem("bucket/folder", store); a folder of this machine as a path.',
        )
    return store, path.rstrip("/")


def dated(store: pafs.FileSystem, listed: list[pafs.FileInfo]) -> list[pafs.FileInfo]:
    """Return what a listing says of files; where its time could not be read (it is 0 then), what the file says itself."""
    return [store.get_file_info(one.path) if one.mtime_ns == 0 else one for one in listed]


def stamp_of(store: pafs.FileSystem, info: pafs.FileInfo) -> str:
    """Return when a file was changed; in whole seconds for S3, where a listing may say more than the file itself."""
    if info.mtime_ns is None:
        return ""
    return str(info.mtime_ns // SECOND * SECOND if "s3" in store.type_name else info.mtime_ns)
