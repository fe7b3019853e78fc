"""A real PostgreSQL on 127.0.0.1 with nothing made durable."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.servers.process import Process, free_port, need

OWNER = "gitbot"


@dataclass(slots=True)
class Postgres:
    """The running server; each test takes a database of its own."""

    folder: Path
    port: int
    process: Process
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    @classmethod
    def start(cls) -> Postgres:
        """Make a cluster in a new folder and start it on a free port; skips the test where PostgreSQL is missing."""
        initdb, folder = _program("initdb"), _folder()
        data, port = folder / "data", free_port()
        argv = [initdb, "-D", str(data), "-U", OWNER, "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"]
        subprocess.run(_as_user(argv), check=True, capture_output=True, cwd="/")
        options = {
            "listen_addresses": "127.0.0.1", "port": str(port), "unix_socket_directories": "", "fsync": "off",
            "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "16MB", "max_connections": "60",
        }  # fmt: skip
        argv = [_program("postgres"), "-D", str(data), *(f"--{name}={value}" for name, value in options.items())]
        server = cls(folder, port, Process(_as_user(argv), folder / "log", port=port))
        server.run("postgres", "select 1")
        return server

    def stop(self) -> None:
        """End the server and remove what it stored."""
        self.process.stop()
        shutil.rmtree(self.folder)

    def url(self, database: str) -> str:
        """The URL of a database."""
        return f"postgresql://{OWNER}@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """Make an empty database and return its URL."""
        name = f"test_{next(self._numbers)}"
        self.run("postgres", f"create database {name}")
        return self.url(name)

    def run(self, database: str, statement: str) -> str:
        """Run one statement with psql and return what it printed, bare; waits out the server's start-up."""
        argv = [_program("psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", statement, self.url(database)]
        for _ in range(100):
            done = subprocess.run(argv, capture_output=True, text=True, check=False)
            if "starting up" not in done.stderr:
                break
            time.sleep(0.1)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


def _program(name: str) -> str:
    """A program of PostgreSQL, also where Debian keeps it out of the PATH; the newest version wins."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: float(path.parts[4]))
    return str(versions[-1]) if versions else need(name)


def _folder() -> Path:
    """A folder that the user of PostgreSQL can reach, which pytest's own temporary folders are not."""
    folder = Path(tempfile.mkdtemp(prefix="gitbot-postgres-"))
    if os.geteuid() == 0:
        try:
            shutil.chown(folder, "postgres", "postgres")
        except LookupError:
            folder.rmdir()
            pytest.skip("there is no user postgres to run PostgreSQL as")
    return folder


def _as_user(argv: Sequence[str]) -> list[str]:
    """PostgreSQL refuses to run as root: there it runs as its own user, and dies with us all the same."""
    if os.geteuid() != 0:
        return list(argv)
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--pdeathsig", "KILL", "--", *argv]
