"""Where records, intents, runs and small caches are kept: the protocol, and the choice of the database by URL."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Protocol, Self

from gitbot.errors import GitbotError, Problem
from gitbot.printable import printable
from gitbot.state.history import Run
from gitbot.state.lease import Lease
from gitbot.state.record import Intent, Record
from gitbot.state.schema import Database

KEEP_RUNS = 100


class Records(NamedTuple):
    """Records, and a warning for each that could not be read."""

    records: tuple[Record, ...]
    problems: tuple[Problem, ...]


class Runs(NamedTuple):
    """Runs, the newest first, and a warning for each that could not be read."""

    runs: tuple[Run, ...]
    problems: tuple[Problem, ...]


class Store(Protocol):
    """The state of all automations. Every method may be called from any thread; every write is one durable transaction.

    All raise GitbotError when the database cannot be used, Unavailable when trying again may help.
    """

    @property
    def place(self) -> str:
        """How the store is named in a message, without a password."""

    def get(self, namespace: str, name: str) -> tuple[Record, tuple[Problem, ...]]:
        """The record with its intent, a blank one when none is stored or it is unreadable (then with a warning)."""

    def put(self, record: Record, run: Run | None = None) -> None:
        """Store the record with its intent (None clears it) and, in the same transaction, a run for the history."""

    def set_intent(self, namespace: str, name: str, intent: Intent | None) -> None:
        """Store the intent durably before the push, or clear it; nothing else of the record changes."""

    def clear(self, namespace: str, name: str) -> None:
        """Forget the record and the intent of one automation, so that its next run is a full one; runs are kept."""

    def records(self) -> Records:
        """Every record, ordered by namespace and name."""

    def add_run(self, run: Run) -> None:
        """Add a run to the history, replacing one of the same id; of each automation the newest stay."""

    def history(self, namespace: str | None = None, name: str | None = None, *, limit: int = 20) -> Runs:
        """The newest runs of one automation, of a namespace or of all, the newest first."""

    def cache_get(self, kind: str, key: str) -> bytes | None:
        """A value that may be lost at any time, None when there is none."""

    def cache_put(self, kind: str, key: str, value: bytes, *, now: datetime) -> None:
        """Keep a value until it is put again or pruned."""

    def cache_prune(self, kind: str, *, before: datetime) -> None:
        """Drop the values of this kind that were last put before that time."""

    def lease(self, namespace: str, name: str) -> AbstractContextManager[Lease]:
        """The right to run this automation, alone among processes and threads; never waits, dies with its holder."""

    def close(self) -> None:
        """Give the connection back."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def open_store(url: str, *, base: Path | None = None, create: bool = True, keep: int = KEEP_RUNS) -> Store:
    """Open `sqlite:///FILE` (a relative FILE counts from `base`), `sqlite://` (memory) or `postgresql://USER@HOST/DB`.

    With create=False a SQLite file that does not exist is not made: the store is empty and keeps nothing. `keep` is
    how many runs of each automation stay in the history. Raises GitbotError for another URL and for a database that
    cannot be used, Unavailable when trying again may help.
    """
    from gitbot.state.sql import SqlStore

    return SqlStore(_database(url, base or Path(), create=create), keep=keep)


def _database(url: str, base: Path, *, create: bool) -> Database:
    scheme, found, rest = url.partition("://")
    if found and scheme in {"postgresql", "postgres"}:
        from gitbot.state.postgres import PostgresDatabase

        return PostgresDatabase(url)
    if found and scheme == "sqlite" and (rest == "" or (rest.startswith("/") and len(rest) > 1)) and "\0" not in rest:
        from gitbot.state.sqlite import MEMORY, SqliteDatabase

        # Resolved, so that everybody who reaches the file, by whatever link, finds the same lock files beside it.
        path = Path(os.path.realpath(base / rest[1:])) if rest not in {"", f"/{MEMORY}"} else None
        return SqliteDatabase(path if path and (create or not _missing(path)) else None)
    raise GitbotError(
        f"state: {printable(scheme)}… is no place to keep state" if found else "state: it is not a URL",
        hint="write sqlite:////var/lib/gitbot/state.db or postgresql://user@host/database",
    )


def _missing(path: Path) -> bool:
    """Whether it is certain that there is no such file: one in a folder that may not be read could be there."""
    try:
        path.stat()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return False
