"""The configuration of a service: read again when its file changes; a broken one is said and the last good one kept."""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from functools import cache
from pathlib import Path

from gitbot.config.load import Wanted, config_path
from gitbot.config.manifests import STDIN, files_of
from gitbot.config.models import Config
from gitbot.errors import GitbotError
from gitbot.wiring.configuration import configured

_log = logging.getLogger(__name__)
_SCAN_S = 60.0


class Watched:
    """The current configuration; `refresh()` before it is used picks up an edited file (also one behind a swapped link).

    Included files are watched too; standard input is read once; included repositories are asked every minute.
    """

    def __init__(self, wanted: Wanted) -> None:
        self._path = config_path(wanted.path)
        self._wanted = replace(wanted, stdin=cache(wanted.stdin))
        self.current: Config = configured(self._wanted)
        self._seen = self._stamp()
        self._scanned = time.monotonic()
        self.failures = 0
        self.broken = ""

    def refresh(self) -> bool:
        """Whether the configuration has changed; raises nothing: a broken file is logged once and changes nothing."""
        stamp = self._stamp()
        if stamp == self._seen:
            return self._scan()
        self._seen = stamp
        try:
            self.current = configured(self._wanted)
        except GitbotError as error:
            self.failures += 1
            self.broken = error.message
            _log.error("the configuration cannot be used, the last good one stays: %s", error.message)
            return False
        self.broken = ""
        _log.info("the configuration was read again")
        return True

    def _scan(self) -> bool:
        """Whether what repositories say themselves, asked now and then, has changed the configuration."""
        asks = any(not isinstance(item, str) for item in self.current.include)
        if not asks or time.monotonic() - self._scanned < _SCAN_S:
            return False
        self._scanned = time.monotonic()
        try:
            found = configured(self._wanted)
        except GitbotError as error:
            _log.warning("an included repository cannot be read, what it said before stays: %s", error.message)
            return False
        if found.same_as(self.current):
            return False
        self.current = found
        _log.info("an included repository has changed the configuration")
        return True

    def _stamp(self) -> list[tuple[str, int, int, int]]:
        own = [(item, self.current.base) for item in self.current.include if isinstance(item, str)]
        given = [(item, Path()) for item in self._wanted.include]
        found = [file for item, base in (*own, *given) if item != STDIN for file in files_of(item, base)]
        return [_stamp_of(file) for file in (self._path, *found)]


def _stamp_of(file: Path) -> tuple[str, int, int, int]:
    try:
        seen = file.stat()
    except OSError:
        return (str(file), 0, 0, 0)
    return (str(file), seen.st_mtime_ns, seen.st_size, seen.st_ino)
