"""The store over SQL: one set of statements for SQLite and PostgreSQL."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from gitbot.errors import Problem
from gitbot.printable import printable
from gitbot.state import stored
from gitbot.state.history import Run
from gitbot.state.lease import Lease
from gitbot.state.record import Intent, Record
from gitbot.state.schema import Database, Execute, migrate
from gitbot.state.store import KEEP_RUNS, Records, Runs

_PUT = """INSERT INTO gitbot_records (namespace, name, body, intent) VALUES (?, ?, ?, ?)
    ON CONFLICT (namespace, name) DO UPDATE SET body = excluded.body, intent = excluded.intent"""
_INTEND = """INSERT INTO gitbot_records (namespace, name, intent) VALUES (?, ?, ?)
    ON CONFLICT (namespace, name) DO UPDATE SET intent = excluded.intent"""
_ADD_RUN = """INSERT INTO gitbot_runs (namespace, name, id, body) VALUES (?, ?, ?, ?)
    ON CONFLICT (namespace, name, id) DO UPDATE SET body = excluded.body"""
_FORGET_RUNS = """DELETE FROM gitbot_runs WHERE namespace = ? AND name = ? AND seq <= (
    SELECT seq FROM gitbot_runs WHERE namespace = ? AND name = ? ORDER BY seq DESC LIMIT 1 OFFSET ?)"""
_HISTORY = """SELECT namespace, name, body FROM gitbot_runs
    WHERE (? OR namespace = ?) AND (? OR name = ?) ORDER BY seq DESC LIMIT ?"""
_CACHE_PUT = """INSERT INTO gitbot_cache (kind, key, stored, value) VALUES (?, ?, ?, ?)
    ON CONFLICT (kind, key) DO UPDATE SET stored = excluded.stored, value = excluded.value"""


class SqlStore:
    """A store.Store over one Database, whose tables are made or brought forward when it is opened."""

    def __init__(self, database: Database, *, keep: int = KEEP_RUNS) -> None:
        self._database = database
        self._keep = keep
        try:
            migrate(database)
        except BaseException:
            database.close()
            raise

    @property
    def place(self) -> str:
        """How the store is named in a message."""
        return self._database.place

    def get(self, namespace: str, name: str) -> tuple[Record, tuple[Problem, ...]]:
        """As Store.get."""
        query = "SELECT body, intent FROM gitbot_records WHERE namespace = ? AND name = ?"
        rows = self._database.read(lambda execute: execute(query, namespace, name))
        if not rows:
            return Record(namespace=namespace, name=name), ()
        return _record(namespace, name, *rows[0])

    def put(self, record: Record, run: Run | None = None) -> None:
        """As Store.put."""
        body = stored.dump(record.as_dict())
        intent = _intent_text(record.intent)

        def work(execute: Execute) -> None:
            execute(_PUT, record.namespace, record.name, body, intent)
            if run is not None:
                self._add(execute, run)

        self._database.write(work)

    def set_intent(self, namespace: str, name: str, intent: Intent | None) -> None:
        """As Store.set_intent."""
        body = _intent_text(intent)
        self._database.write(lambda execute: execute(_INTEND, namespace, name, body))

    def clear(self, namespace: str, name: str) -> None:
        """As Store.clear."""
        statement = "DELETE FROM gitbot_records WHERE namespace = ? AND name = ?"
        self._database.write(lambda execute: execute(statement, namespace, name))

    def records(self) -> Records:
        """As Store.records."""
        rows = self._database.read(lambda execute: execute("SELECT namespace, name, body, intent FROM gitbot_records"))
        # Sorted here: databases order texts by their own collations.
        found = [_record(*row) for row in sorted(rows, key=lambda row: (row[0], row[1]))]
        return Records(tuple(record for record, _ in found), tuple(problem for _, some in found for problem in some))

    def add_run(self, run: Run) -> None:
        """As Store.add_run."""
        self._database.write(lambda execute: self._add(execute, run))

    def history(self, namespace: str | None = None, name: str | None = None, *, limit: int = 20) -> Runs:
        """As Store.history."""
        values = (namespace is None, namespace or "", name is None, name or "", limit)
        rows = self._database.read(lambda execute: execute(_HISTORY, *values))
        runs: list[Run] = []
        problems: list[Problem] = []
        for row_namespace, row_name, body in rows:
            try:
                runs.append(Run.from_dict(stored.load(body)))
            except stored.UnreadableError as error:
                problems.append(_unreadable("a run", row_namespace, row_name, error))
        return Runs(tuple(runs), tuple(problems))

    def cache_get(self, kind: str, key: str) -> bytes | None:
        """As Store.cache_get."""
        query = "SELECT value FROM gitbot_cache WHERE kind = ? AND key = ?"
        rows = self._database.read(lambda execute: execute(query, kind, key))
        return bytes(rows[0][0]) if rows else None

    def cache_put(self, kind: str, key: str, value: bytes, *, now: datetime) -> None:
        """As Store.cache_put."""
        at = stored.seconds(now)
        self._database.write(lambda execute: execute(_CACHE_PUT, kind, key, at, value))

    def cache_prune(self, kind: str, *, before: datetime) -> None:
        """As Store.cache_prune."""
        statement = "DELETE FROM gitbot_cache WHERE kind = ? AND stored < ?"
        at = stored.seconds(before)
        self._database.write(lambda execute: execute(statement, kind, at))

    def lease(self, namespace: str, name: str) -> AbstractContextManager[Lease]:
        """As Store.lease."""
        return self._database.lease(namespace, name)

    def close(self) -> None:
        """As Store.close."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _add(self, execute: Execute, run: Run) -> None:
        execute(_ADD_RUN, run.namespace, run.name, run.id, stored.dump(run.as_dict()))
        execute(_FORGET_RUNS, run.namespace, run.name, run.namespace, run.name, self._keep)


def _intent_text(intent: Intent | None) -> str | None:
    return None if intent is None else stored.dump(intent.as_dict())


def _record(namespace: str, name: str, body: Any, intent: Any) -> tuple[Record, tuple[Problem, ...]]:
    """A row as a record: each half that cannot be read is left out, with a warning."""
    blank = Record(namespace=namespace, name=name)
    record, problems = blank, []
    try:
        if body is not None:
            record = replace(Record.from_dict(stored.load(body)), namespace=namespace, name=name)
    except stored.UnreadableError as error:
        problems.append(_unreadable("the record", namespace, name, error))
    try:
        if intent is not None:
            record = replace(record, intent=Intent.from_dict(stored.load(intent)))
    except stored.UnreadableError as error:
        problems.append(_unreadable("the intended push", namespace, name, error))
    return record, tuple(problems)


def _unreadable(what: str, namespace: str, name: str, error: stored.UnreadableError) -> Problem:
    return Problem(
        code="unreadable-state",
        message=printable(f"{what} of {namespace}/{name} in the state is ignored: {error}"),
        hint="the next run of this automation is a full one and writes it anew",
    )
