"""The state in one SQLite file, private to its owner."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from gitbot.errors import GitbotError, Unavailable
from gitbot.printable import printable
from gitbot.state.file_lease import LeasesHere, file_lease
from gitbot.state.lease import Lease
from gitbot.state.schema import Execute

T = TypeVar("T")
BUSY_SECONDS = 30.0
MEMORY = ":memory:"

# Beginning of SQLite's name of an error → what is wrong, what to do next. The first that fits counts.
_ERRORS: tuple[tuple[str, str, str], ...] = (
    ("SQLITE_NOTADB", "it is not a SQLite database", "name another file, or move it away: a new one is then made"),
    ("SQLITE_CORRUPT", "it is damaged", "move it away: the next runs are full ones and fill a new file"),
    ("SQLITE_FULL", "the disk is full", "make room and run again"),
    ("SQLITE_READONLY", "it is read-only", "let gitbot's user write the file and its folder"),
    ("SQLITE_CANTOPEN", "it cannot be opened", "let gitbot's user read and write the file and its folder"),
    ("SQLITE_PERM", "it may not be opened", "let gitbot's user read and write the file and its folder"),
    ("SQLITE_IOERR", "reading or writing it failed", "look at the disk and at the quota of gitbot's user"),
)


class SqliteDatabase:
    """A schema.Database in one file, or in memory; one connection, shared by all threads in turn."""

    types = {"serial": "INTEGER PRIMARY KEY AUTOINCREMENT", "blob": "BLOB"}  # noqa: RUF012 - a constant of the protocol
    find_table = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
    lock_schema = ""

    def __init__(self, path: Path | None, *, busy_seconds: float = BUSY_SECONDS) -> None:
        """Open the file, making it (mode 0600, in a folder of mode 0700) when it is missing; None: in memory."""
        self._path = path
        self.place = f"state file {printable(str(path))}" if path else "state in memory"
        self._turn = threading.RLock()
        self._leases = LeasesHere()
        with self._clear_errors():
            if path:
                _make_file(path)
            self._connection = sqlite3.connect(
                path or MEMORY, timeout=busy_seconds, isolation_level=None, check_same_thread=False
            )
            try:
                self._prepare()
            except BaseException:
                self._connection.close()
                raise

    def read(self, work: Callable[[Execute], T]) -> T:
        """As Database.read."""
        with self._turn, self._clear_errors():
            return work(self._execute)

    def write(self, work: Callable[[Execute], T]) -> T:
        """As Database.write."""
        with self._turn, self._clear_errors():
            # IMMEDIATE takes the writer's place at once: a reader that turns writer later can fail without waiting.
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                found = work(self._execute)
                self._connection.execute("COMMIT")
            except BaseException:
                # SQLite has rolled back by itself when the disk was full.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            return found

    def lease(self, namespace: str, name: str) -> AbstractContextManager[Lease]:
        """As Database.lease: flock on a file beside the database."""
        if self._path is None:
            return self._leases.lease(namespace, name)
        return file_lease(self._path.with_name(f"{self._path.name}.locks"), namespace, name)

    def close(self) -> None:
        """As Database.close."""
        with self._turn, self._clear_errors():
            self._connection.close()

    def _execute(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql, values).fetchall()

    def _prepare(self) -> None:
        # One question, for another process may be making the tables at this moment.
        names = {str(row[0]) for row in self._execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if "gitbot_schema" not in names and any(not name.startswith("sqlite") for name in names):
            raise GitbotError(
                f"{self.place}: it is the database of another program",
                hint="name another file under `state`",
            )
        try:
            if self._execute("PRAGMA journal_mode") != [("wal",)]:
                self._execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            # A read-only file, a file system without shared memory, or another process that is doing the same
            # at this moment: the journal it has works as well.
            pass
        # In WAL mode only FULL survives a power cut, and an intent must be on the disk before the push.
        self._execute("PRAGMA synchronous = FULL")

    @contextmanager
    def _clear_errors(self) -> Iterator[None]:
        """Every error of SQLite and of the file system becomes one GitbotError that names the file."""
        try:
            yield
        except sqlite3.Error as error:
            raise self._clear(error) from error
        except OSError as error:
            raise GitbotError(
                f"{self.place}: {error.strerror}", hint="let gitbot's user read and write the file and its folder"
            ) from error

    def _clear(self, error: sqlite3.Error) -> GitbotError:
        # Errors of the Python module itself, such as the use of a closed connection, have no name.
        name = getattr(error, "sqlite_errorname", "")
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            return Unavailable(f"{self.place}: another process keeps it locked", hint="run again later")
        for beginning, what, hint in _ERRORS:
            if name.startswith(beginning):
                return GitbotError(f"{self.place}: {what} ({printable(str(error))})", hint=hint)
        return GitbotError(f"{self.place}: {printable(str(error))}")


def _make_file(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        if not stat.S_ISREG(path.stat().st_mode):
            raise GitbotError(
                f"state file {printable(str(path))}: it is not a file", hint="name a file under `state`"
            ) from None
