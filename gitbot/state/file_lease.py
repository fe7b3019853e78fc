"""Leases beside a SQLite file: flock on one small file per automation, freed by the kernel when its holder dies."""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gitbot.errors import GitbotError
from gitbot.printable import printable
from gitbot.state.lease import HeldElsewhere, Lease, key_of, this_process

# A lock file that was deleted between its opening and its locking is opened again; more often than this is no accident.
ATTEMPTS = 10


class FileLease:
    """A held flock. The lock belongs to the open file, so two threads of one process exclude each other as well."""

    def __init__(self, file: int, path: Path) -> None:
        self._file = file
        self._path = path
        self.holder = this_process()

    def __bool__(self) -> bool:
        return True

    def still_held(self) -> bool:
        """False when somebody has deleted the lock file: another run could lock its successor."""
        return _is_file_at(self._file, self._path)

    def release(self) -> None:
        """Give it back; the file stays, because deleting it would let two runs lock two files of one name."""
        os.ftruncate(self._file, 0)
        os.close(self._file)


@contextmanager
def file_lease(folder: Path, namespace: str, name: str) -> Iterator[Lease]:
    """The lease of one automation below `folder`; never waits. Raises GitbotError where no lock file can be made."""
    path = folder / f"{key_of(namespace, name) % 2**64:016x}.lock"
    try:
        found = _taken(folder, path)
    except OSError as error:
        raise GitbotError(
            f"cannot lock {namespace}/{name} with {printable(str(path))}: {error.strerror}",
            hint="keep the state in a folder that gitbot may write, on a file system with flock",
        ) from error
    try:
        yield found
    finally:
        if isinstance(found, FileLease):
            found.release()


def _taken(folder: Path, path: Path) -> Lease:
    folder.mkdir(mode=0o700, exist_ok=True)
    for _ in range(ATTEMPTS):
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_file_at(file, path):
                return _signed(file, path)
        except BlockingIOError:
            holder = printable(os.pread(file, 200, 0).decode("utf-8", "replace"))
            os.close(file)
            return HeldElsewhere(holder)
        except OSError:
            os.close(file)
            raise
        os.close(file)
    return HeldElsewhere("")


def _signed(file: int, path: Path) -> FileLease:
    os.ftruncate(file, 0)
    os.pwrite(file, this_process().encode(), 0)
    return FileLease(file, path)


def _is_file_at(file: int, path: Path) -> bool:
    try:
        there = path.stat(follow_symlinks=False)
    except OSError:
        return False
    return os.path.samestat(os.fstat(file), there)


class LeasesHere:
    """Leases of a store that lives in memory: among the threads that share it."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._held: set[tuple[str, str]] = set()

    @contextmanager
    def lease(self, namespace: str, name: str) -> Iterator[Lease]:
        """The lease of one automation; never waits."""
        key = (namespace, name)
        with self._guard:
            free = key not in self._held
            self._held.add(key)
        try:
            yield LeaseHere() if free else HeldElsewhere(this_process())
        finally:
            if free:
                self._held.discard(key)


class LeaseHere:
    """A lease that only this process can see."""

    def __init__(self) -> None:
        self.holder = this_process()

    def __bool__(self) -> bool:
        return True

    def still_held(self) -> bool:
        """Always, until it is given back."""
        return True
