"""A private folder for one run: gone when the run ends, and swept by the next one when the run was killed."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PREFIX = "gitbot-run-"
_IN_USE = "in-use"


@contextmanager
def private_folder() -> Iterator[Path]:
    """A new folder (0700) below the temporary one; those whose owner died are removed first, for they may hold keys."""
    _sweep(Path(tempfile.gettempdir()))
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    handle = _open(folder)
    try:
        # The lock dies with us; the file says that it was ever taken, so that no sweep meets a folder in the making.
        fcntl.flock(handle, fcntl.LOCK_EX)
        (folder / _IN_USE).touch(mode=0o600)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


def _sweep(below: Path) -> None:
    for folder in below.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            handle = _open(folder)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.fstat(handle).st_uid == os.geteuid() and (folder / _IN_USE).exists():
                    shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(handle)


def _open(folder: Path) -> int:
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
