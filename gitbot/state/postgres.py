"""The state in a PostgreSQL database, for several machines that share it. The driver is imported here and only here."""

from __future__ import annotations

import os
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from gitbot.errors import GitbotError, Unavailable
from gitbot.printable import printable
from gitbot.secret import Secret, mask
from gitbot.state.lease import HeldElsewhere, Lease, key_of, this_process
from gitbot.state.schema import Execute

try:
    import psycopg
    from psycopg import conninfo
except ImportError as missing:
    raise GitbotError("state: PostgreSQL needs the driver psycopg", hint="pip install 'gitbot[postgres]'") from missing

T = TypeVar("T")
_PORTS = re.compile(r"[0-9,]*")
Connection = psycopg.Connection[tuple[Any, ...]]

CONNECT_SECONDS = 10
ANSWER_SECONDS = 30.0
# What the URL does not say. The server, too, must notice within a minute that a machine is gone, to free its leases.
_DEFAULTS = {
    "connect_timeout": str(CONNECT_SECONDS),
    "client_encoding": "UTF8",
    "keepalives_idle": "20",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
_SESSION = """SELECT set_config('tcp_keepalives_idle', '20', false), set_config('tcp_keepalives_interval', '10', false),
    set_config('tcp_keepalives_count', '3', false), set_config('statement_timeout', %s, false)"""
_HOLDER = """SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND classid::bigint = %s AND objid::bigint = %s
    AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
_MINE = """SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1
    AND classid::bigint = %s AND objid::bigint = %s AND pid = pg_backend_pid()"""


class PostgresDatabase:
    """A schema.Database on a server; one connection, shared by all threads in turn and made again when it breaks."""

    types = {"serial": "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "blob": "BYTEA"}  # noqa: RUF012 - a constant
    find_table = "SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND tablename = ?"
    lock_schema = f"SELECT pg_advisory_xact_lock({key_of('schema')})"

    def __init__(self, url: str, *, answer_seconds: float = ANSWER_SECONDS) -> None:
        """Connect within CONNECT_SECONDS to each host of the URL; no answer may take longer than `answer_seconds`."""
        self._parameters = _parameters(url)
        host = self._parameters.get("host") or self._parameters.get("hostaddr") or "local socket"
        port, database = self._parameters.get("port", "5432"), self._parameters.get("dbname", "")
        self.place = f"state database {printable(f'{host}:{port}/{database}')}"
        self._seconds = answer_seconds
        self._turn = threading.RLock()
        self._connection: Connection | None = None
        with self._clear_errors():
            self._connection = self._connect()

    def read(self, work: Callable[[Execute], T]) -> T:
        """As Database.read."""
        return self._run(lambda connection: work(_executing(connection)))

    def write(self, work: Callable[[Execute], T]) -> T:
        """As Database.write. Every write of the store says what is to be there, so a second time does no harm."""

        def inside(connection: Connection) -> T:
            with connection.transaction():
                return work(_executing(connection))

        return self._run(inside)

    @contextmanager
    def lease(self, namespace: str, name: str) -> Iterator[Lease]:
        """As Database.lease: a session advisory lock on a connection of its own, freed when that connection ends."""
        key = key_of("lease", namespace, name)
        with self._clear_errors():
            connection = self._connect()
        try:
            with self._clear_errors(), _deadline(connection, self._seconds):
                yielded = self._try_lock(connection, key)
            yield yielded
        finally:
            with suppress(psycopg.Error):
                connection.close()

    def close(self) -> None:
        """As Database.close."""
        with self._turn:
            if self._connection is not None:
                self._connection.close()

    def _try_lock(self, connection: Connection, key: int) -> Lease:
        if connection.execute("SELECT pg_try_advisory_lock(%s)", [key]).fetchall() == [(True,)]:
            return SessionLease(connection, key, self._seconds)
        rows = connection.execute(_HOLDER, _halves(key)).fetchall()
        return HeldElsewhere(printable(str(rows[0][0] or "").removeprefix("gitbot ")) if rows else "")

    def _connect(self) -> Connection:
        name = f"gitbot {this_process()}"[:63]
        parameters: dict[str, Any] = {**_DEFAULTS, "application_name": name, **self._parameters}
        # No prepared statements: a pooler between us and the server does not keep them.
        connection = psycopg.connect(autocommit=True, prepare_threshold=None, **parameters)
        try:
            with _deadline(connection, self._seconds):
                connection.execute(_SESSION, [str(int(self._seconds * 1000))])
        except BaseException:
            connection.close()
            raise
        return connection

    def _run(self, work: Callable[[Connection], T]) -> T:
        with self._turn, self._clear_errors():
            connection = self._connection
            if connection is not None and not connection.closed:
                try:
                    with _deadline(connection, self._seconds):
                        return work(connection)
                except psycopg.OperationalError:
                    # The server was restarted since the last use: once more, on a new connection.
                    if not connection.closed:
                        raise
            connection = self._connection = self._connect()
            with _deadline(connection, self._seconds):
                return work(connection)

    @contextmanager
    def _clear_errors(self) -> Iterator[None]:
        """Every error of the driver becomes one GitbotError that names the server and never the password."""
        try:
            yield
        except psycopg.OperationalError as error:
            raise Unavailable(f"{self.place}: {_words(error)}", hint=_hint(error)) from None
        except psycopg.Error as error:
            raise GitbotError(f"{self.place}: {_words(error)}", hint=_hint(error)) from None


class SessionLease:
    """A held advisory lock: it lives as long as the connection does."""

    def __init__(self, connection: Connection, key: int, seconds: float) -> None:
        self._connection = connection
        self._key = key
        self._seconds = seconds
        self.holder = this_process()

    def __bool__(self) -> bool:
        return True

    def still_held(self) -> bool:
        """Ask the server whether this very session holds the lock; no answer is no."""
        try:
            with _deadline(self._connection, self._seconds):
                return bool(self._connection.execute(_MINE, _halves(self._key)).fetchall())
        except psycopg.Error:
            return False


def _executing(connection: Connection) -> Execute:
    def execute(sql: str, *values: object) -> list[tuple[Any, ...]]:
        cursor = connection.execute(sql.replace("?", "%s"), values)
        return cursor.fetchall() if cursor.description else []

    return execute


@contextmanager
def _deadline(connection: Connection, seconds: float) -> Iterator[None]:
    """Cut the connection when the server has not answered in time: a stopped server would be waited for without end."""
    if connection.closed:
        yield
        return
    # A second handle on the same line, so that the number cannot belong to something else when the time is up.
    with socket.socket(fileno=os.dup(connection.fileno())) as line:
        timer = threading.Timer(seconds, _cut, [line])
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()


def _cut(line: socket.socket) -> None:
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)


def _halves(key: int) -> tuple[int, int]:
    """The key as pg_locks shows it, in two unsigned numbers of 32 bits."""
    unsigned = key % 2**64
    return unsigned >> 32, unsigned % 2**32


def _parameters(url: str) -> dict[str, str]:
    """The parts of the URL; its password is known to every sink from here on."""
    secret_part = url.partition("://")[2].rpartition("@")[0].partition(":")[2]
    Secret(secret_part)
    try:
        found = {key: str(value) for key, value in conninfo.conninfo_to_dict(url).items() if value is not None}
        # A password with a / in it ends the host early: its rest would be shown as port and database.
        after_host = url.partition("://")[2].partition("?")[0].partition("/")[2]
        if "@" in after_host or not _PORTS.fullmatch(found.get("port", "")):
            raise psycopg.ProgrammingError
    except psycopg.Error:
        # The driver's own words quote the part that it could not read, which may be the password.
        raise GitbotError(
            "state: it is not a PostgreSQL URL",
            hint="write postgresql://user:password@host:5432/database; in the password, write @ as %40 and / as %2F",
        ) from None
    Secret(found.get("password", ""))
    return found


def _hint(error: psycopg.Error) -> str:
    if error.sqlstate == "42501":
        return "let the user of the URL make tables in its schema"
    if error.sqlstate is None:
        return "check that the server runs and that host, user and password under `state` are right"
    return ""


def _words(error: psycopg.Error) -> str:
    lines = str(error).splitlines()
    return printable(mask(lines[0])) if lines else type(error).__name__
