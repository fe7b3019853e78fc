"""The tables, the same for every database, and how an older version of them is brought forward."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar

from gitbot.errors import GitbotError
from gitbot.state.lease import Lease

Execute = Callable[..., list[tuple[Any, ...]]]
"""`execute(sql, *values)`: run one statement with `?` for each value, and return its rows."""

T = TypeVar("T")

# One entry per version, never changed once it is published: a new version is a new entry at the end.
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE gitbot_records (
            namespace TEXT NOT NULL, name TEXT NOT NULL, body TEXT, intent TEXT,
            PRIMARY KEY (namespace, name))""",
        """CREATE TABLE gitbot_runs (
            seq {serial}, namespace TEXT NOT NULL, name TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL,
            UNIQUE (namespace, name, id))""",
    ),
    (
        """CREATE TABLE gitbot_cache (
            kind TEXT NOT NULL, key TEXT NOT NULL, stored BIGINT NOT NULL, value {blob} NOT NULL,
            PRIMARY KEY (kind, key))""",
    ),
)
VERSION = len(MIGRATIONS)


class Database(Protocol):
    """One SQL database: what differs between SQLite and PostgreSQL, and nothing more."""

    place: str
    """How the database is named in a message; never holds a password."""
    types: dict[str, str]
    """The words for `serial`, a key that grows with every row, and `blob`, bytes."""
    find_table: str
    """A query that yields a row when the table of the given name is there."""
    lock_schema: str
    """A statement after which no other process can migrate until the transaction ends; "" where writing does that."""

    def read(self, work: Callable[[Execute], T]) -> T:
        """Run one query."""

    def write(self, work: Callable[[Execute], T]) -> T:
        """Run `work` in one transaction, durable on return; on a lost connection it may be run a second time."""

    def lease(self, namespace: str, name: str) -> AbstractContextManager[Lease]:
        """As Store.lease."""

    def close(self) -> None:
        """Give the connection back."""


def migrate(database: Database) -> None:
    """Make the tables, or bring them forward to VERSION; raises GitbotError for tables of a newer gitbot."""
    found = database.read(lambda execute: _version(database, execute))
    if found < VERSION:
        found = database.write(lambda execute: _forward(database, execute))
    if found > VERSION:
        raise GitbotError(
            f"{database.place}: a newer gitbot made its tables (version {found}, this one knows up to {VERSION})",
            hint="update this gitbot, or give it a state of its own",
        )


def statements(version: int, types: dict[str, str]) -> Iterator[str]:
    """The statements that lead from the version before to `version`, in the words of one database."""
    for statement in MIGRATIONS[version - 1]:
        yield statement.format(**types)


def _version(database: Database, execute: Execute) -> int:
    if not execute(database.find_table, "gitbot_schema"):
        return 0
    rows = execute("SELECT version FROM gitbot_schema")
    return int(rows[0][0]) if rows else 0


def _forward(database: Database, execute: Execute) -> int:
    if database.lock_schema:
        execute(database.lock_schema)
    found = _version(database, execute)
    if not execute(database.find_table, "gitbot_schema"):
        execute("CREATE TABLE gitbot_schema (version INTEGER NOT NULL)")
        execute("INSERT INTO gitbot_schema (version) VALUES (0)")
    for version in range(found + 1, VERSION + 1):
        for statement in statements(version, database.types):
            execute(statement)
        execute("UPDATE gitbot_schema SET version = ?", version)
    return max(found, VERSION)
