"""Files appear whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from psychometrics.errors import OutputError


def write_whole(path: Path, data: bytes, *, replace: bool = True) -> None:
    """Write a file so that a reader sees the old file or the new one, never a part.

    The bytes go to a temporary file in the same folder, are flushed to disk, and take the name in one step. With
    ``replace=False`` an existing file is never touched.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    except OSError as error:
        raise _refused(path, error) from error
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.chmod(0o666 & ~_umask())
        if replace:
            part.replace(path)
        else:
            os.link(part, path)
    except FileExistsError as error:
        raise OutputError(
            f"{path}: exists already and is never overwritten", hint="Choose another name."
        ) from error
    except OSError as error:
        raise _refused(path, error) from error
    finally:
        part.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _refused(path: Path, error: OSError) -> OutputError:
    return OutputError(
        f"{path}: cannot be written ({error.strerror or error})",
        hint="Check the folder, the permissions and the space on the disk. Nothing was left half-written.",
    )
