"""The cached bare repository of one URL and credential: its folder, its lock, its age, and throwing it away."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gitbot.errors import GitbotError, Unavailable
from gitbot.git.access import Access, Door
from gitbot.git.repository import Bare

# A cache beyond these has collected enough old history and small packs that a fresh shallow clone is cheaper.
MAX_PACKS = 60
MAX_LOOSE_SAMPLE = 200  # objects in one of 256 folders: about 51,000 loose objects
_POLL_S = 0.05
_FORMAT = "1"


class CacheFolder:
    """One folder of the cache: `repository.git`, what we remember of it, and the lock that guards both."""

    def __init__(self, root: Path, access: Access) -> None:
        key = hashlib.sha256(f"{_FORMAT}\n{access.url}\n{access.identity_text}".encode()).hexdigest()[:40]
        self.folder = root / key
        self.bare_folder = self.folder / "repository.git"

    @contextmanager
    def locked(self, deadline_s: float) -> Iterator[None]:
        """Hold the folder alone, among processes and threads; Unavailable when it is not free within the deadline."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise GitbotError(
                f"the cache folder {self.folder} cannot be used: {error.strerror}",
                hint="give `cacheDir` a folder that gitbot may write",
            ) from error
        try:
            _take(handle, deadline_s, self.folder)
            yield
        finally:
            os.close(handle)  # the kernel frees the lock with the last descriptor, also when we are killed

    def open(self, door: Door) -> Bare:
        """The bare repository, created when there is none, thrown away first when it has grown old."""
        if (self.bare_folder / "HEAD").exists() and not self._worn():
            return Bare(self.bare_folder, door)
        return self.fresh(door)

    def fresh(self, door: Door) -> Bare:
        """Throw away what is there and make an empty bare repository; a kill in between leaves none or a whole one."""
        making = self.folder / "making.git"
        for old in (making, self.bare_folder):
            shutil.rmtree(old, ignore_errors=True)
        for memory in self.folder.glob("memory-*.json"):
            memory.unlink(missing_ok=True)
        making.mkdir(mode=0o700)
        Bare(making, door).create()
        making.rename(self.bare_folder)
        return Bare(self.bare_folder, door)

    def _worn(self) -> bool:
        packs = _count(self.bare_folder / "objects" / "pack", ".pack")
        return packs > MAX_PACKS or _count(self.bare_folder / "objects" / "17", "") > MAX_LOOSE_SAMPLE

    def clear_locks(self) -> None:
        """Remove lock files that a killed git left: we hold the folder, so nobody else is using them."""
        for name in ("shallow.lock", "packed-refs.lock", "HEAD.lock", "config.lock"):
            (self.bare_folder / name).unlink(missing_ok=True)
        for left in (self.bare_folder / "refs").rglob("*.lock"):
            left.unlink(missing_ok=True)

    def remember(self, scope: str, value: Any) -> None:
        """Keep a JSON value for this scope; replaced as a whole or not at all. A full disk costs the memory, not the run."""
        path = self._memory(scope)
        making = path.with_suffix(".new")
        with contextlib.suppress(OSError):
            making.write_text(json.dumps(value, separators=(",", ":")), encoding="utf-8")
            making.replace(path)
            return
        with contextlib.suppress(OSError):
            making.unlink(missing_ok=True)

    def recall(self, scope: str) -> Any:
        """The value kept for this scope, None when there is none or it is damaged."""
        with contextlib.suppress(OSError, ValueError, RecursionError):
            return json.loads(self._memory(scope).read_text(encoding="utf-8"))
        return None

    def _memory(self, scope: str) -> Path:
        return self.folder / f"memory-{hashlib.sha256(scope.encode()).hexdigest()[:32]}.json"


def _count(folder: Path, suffix: str) -> int:
    try:
        return sum(path.name.endswith(suffix) for path in folder.iterdir())
    except OSError:
        return 0


def _take(handle: int, deadline_s: float, folder: Path) -> None:
    until = time.monotonic() + deadline_s
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise Unavailable(
                    f"another run kept the cache {folder.name} busy for {deadline_s:g} s", hint="run again later"
                ) from None
            time.sleep(_POLL_S)
        else:
            return
