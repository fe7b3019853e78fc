"""The configuration of a service: read again when its file changes; a broken one is said and the last good one kept."""

from __future__ import annotations

import logging
from pathlib import Path

from gitbot.config.load import config_path, load
from gitbot.config.models import Config
from gitbot.errors import GitbotError

_log = logging.getLogger(__name__)


class Watched:
    """The current configuration; `refresh()` before it is used picks up an edited file (also one behind a swapped link)."""

    def __init__(self, path: Path | None) -> None:
        self._path = config_path(path)
        self._seen = self._stamp()
        self.current: Config = load(self._path)
        self.failures = 0
        self.broken = ""

    def refresh(self) -> bool:
        """Whether the configuration has changed; raises nothing: a broken file is logged once and changes nothing."""
        stamp = self._stamp()
        if stamp == self._seen:
            return False
        self._seen = stamp
        try:
            self.current = load(self._path)
        except GitbotError as error:
            self.failures += 1
            self.broken = error.message
            _log.error("the configuration cannot be used, the last good one stays: %s", error.message)
            return False
        self.broken = ""
        _log.info("the configuration was read again")
        return True

    def _stamp(self) -> tuple[int, int, int]:
        try:
            seen = self._path.stat()
        except OSError:
            return (0, 0, 0)
        return (seen.st_mtime_ns, seen.st_size, seen.st_ino)
