"""A folder of the user's: its YAML files that hold some bytes, read without following a link, and written back whole."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from gitbot.errors import GitbotError, Problem, UsageError
from gitbot.printable import printable

MAX_FOLDERS = 200  # nested in each other
_SUFFIXES = (".yaml", ".yml")
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Without O_NONBLOCK, opening a FIFO would wait for somebody to write to it.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_BLOCK = 1 << 20
_MOST_BLOCKS = 1024


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which files are read: those that hold `needle`, up to `max_bytes` long."""

    needle: bytes
    max_bytes: int


@dataclass(frozen=True, slots=True)
class File:
    """A regular file below a folder: its path from there, its bytes and its mode when it was read."""

    root: Path
    path: str
    data: bytes
    mode: int

    @property
    def place(self) -> str:
        """The path as this process reaches it."""
        return os.path.join(self.root, self.path)  # noqa: PTH118 - "./a" and "a" must stay what the user wrote


def is_yaml(name: str) -> bool:
    """Whether a file of this name is looked into: `*.yaml`, `*.yml` and `Kustomization`, as in Flux."""
    return name.endswith(_SUFFIXES) or name == "Kustomization"


def files(path: Path, wanted: Wanted) -> Iterator[File | Problem]:
    """Read the wanted files of a folder and below it, sorted; or the one file that is named, whatever its name.

    Below the path no link is followed; `.git`, FIFOs, sockets and devices are passed over. A wanted file that cannot be
    read, is too large or has a name that is no UTF-8 is a Problem, its path counted from the folder. Raises UsageError
    when the path does not exist.
    """
    root, name = _root(path)
    try:
        folder = os.open(root, _FOLDER & ~os.O_NOFOLLOW)
    except OSError as error:
        raise UsageError(f"cannot read {printable(str(path))}: {error.strerror}") from error
    try:
        if name is None:
            yield from _below(root, folder, "", wanted)
        else:
            yield from _read(root, folder, "", name, wanted)
    finally:
        os.close(folder)


def write(file: File, data: bytes) -> None:
    """Replace a file that was read by new bytes: a temporary file beside it, synced, then renamed over it, its mode kept.

    Raises GitbotError, and leaves the file as it is, when it changed since it was read or cannot be written.
    """
    try:
        with _folder_of(file) as (folder, name):
            descriptor = os.open(name, _FILE, dir_fd=folder)
            with os.fdopen(descriptor, "rb") as current:
                if current.read(len(file.data) + 1) != file.data:
                    raise GitbotError(
                        f"{printable(file.place)} changed while it was being updated", hint="run it again"
                    )
                owner = os.fstat(current.fileno())
            _replace(folder, name, data, owner)
    except OSError as error:
        raise GitbotError(f"cannot write {printable(file.place)}: {error.strerror}") from error


def _root(path: Path) -> tuple[Path, str | None]:
    """The folder to open, and the name in it when the path is a file; a link that the user names is the user's choice."""
    if path.is_dir():
        return path, None
    if path.is_symlink():
        path = path.resolve()
    if not path.exists():
        raise UsageError(f"no such file or folder: {printable(str(path))}")
    return path.parent, path.name


def _below(root: Path, folder: int, prefix: str, wanted: Wanted) -> Iterator[File | Problem]:
    if prefix.count("/") > MAX_FOLDERS:
        message = f"folders nest deeper than {MAX_FOLDERS}; what is below is not read"
        yield Problem(path=_shown(prefix.rstrip("/")), code="limit", message=message, severity="error")
        return
    with os.scandir(folder) as entries:
        found = sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries)
    for name, is_folder in found:
        if name.lower() == ".git":
            continue
        if is_folder:
            yield from _enter(root, folder, prefix, name, wanted)
        elif is_yaml(name):
            yield from _read(root, folder, prefix, name, wanted)


def _enter(root: Path, folder: int, prefix: str, name: str, wanted: Wanted) -> Iterator[File | Problem]:
    try:
        inner = os.open(name, _FOLDER, dir_fd=folder)
    except OSError as error:
        yield _unreadable(prefix + name, error)
        return
    try:
        yield from _below(root, inner, f"{prefix}{name}/", wanted)
    finally:
        os.close(inner)


def _read(root: Path, folder: int, prefix: str, name: str, wanted: Wanted) -> Iterator[File | Problem]:
    path = prefix + name
    try:
        if not stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            return
        with os.fdopen(os.open(name, _FILE, dir_fd=folder), "rb") as file:
            about = os.fstat(file.fileno())
            data = file.read(wanted.max_bytes + 1) if stat.S_ISREG(about.st_mode) else b""
            found = wanted.needle in data
            too_large = len(data) > wanted.max_bytes
            found = found or (too_large and _holds_further_on(file, data, wanted.needle))
    except OSError as error:
        yield _unreadable(path, error)
        return
    if not found and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return
    if too_large:
        message = f"the file is larger than {wanted.max_bytes} bytes; its markers are left alone"
        yield Problem(path=_shown(path), code="limit", message=message, severity="error")
    elif _is_utf8(path):
        yield File(root, path, data, stat.S_IMODE(about.st_mode))
    else:
        message = "the path is not UTF-8; the markers of the file are left alone"
        yield Problem(path=_shown(path), code="path-encoding", message=message, severity="error")


def _holds_further_on(file: BinaryIO, data: bytes, needle: bytes) -> bool:
    """Whether the rest of a large file holds the needle; of one that never seems to end (a file with holes) it may."""
    for _ in range(_MOST_BLOCKS):
        block = file.read(_BLOCK)
        if not block:
            return False
        data = data[-len(needle) :] + block
        if needle in data:
            return True
    return True


@contextmanager
def _folder_of(file: File) -> Iterator[tuple[int, str]]:
    """Open the folder that holds a file, from the root down and never through a link."""
    *above, name = file.path.split("/")
    folder = os.open(file.root, _FOLDER & ~os.O_NOFOLLOW)
    try:
        for part in above:
            inner = os.open(part, _FOLDER, dir_fd=folder)
            os.close(folder)
            folder = inner
        yield folder, name
    finally:
        os.close(folder)


def _replace(folder: int, name: str, data: bytes, owner: os.stat_result) -> None:
    temporary = f".{name[:100]}.{secrets.token_hex(6)}.gitbot"
    descriptor = os.open(
        temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=folder
    )
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            with suppress(PermissionError):
                os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
            os.fchmod(file.fileno(), stat.S_IMODE(owner.st_mode))
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary, dir_fd=folder)
        raise


def _unreadable(path: str, error: OSError) -> Problem:
    return Problem(path=_shown(path), code="unreadable", message=f"cannot be read: {error.strerror}", severity="error")


def _is_utf8(path: str) -> bool:
    return not any("\udc80" <= char <= "\udcff" for char in path)


def _shown(path: str) -> str:
    return path if _is_utf8(path) else os.fsencode(path).decode("utf-8", "backslashreplace")
