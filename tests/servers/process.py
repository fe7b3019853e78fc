"""Starting, awaiting and stopping one server process, and what is missing on this machine."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

SYSTEM_FOLDERS = "/usr/local/sbin:/usr/sbin:/sbin:/usr/lib/git-core:/usr/libexec/git-core"
READY_SECONDS = 30.0


def need(program: str) -> str:
    """The full path of a program; without it the test is skipped (or fails, in a strict run)."""
    found = shutil.which(program, path=f"{os.environ.get('PATH', os.defpath)}:{SYSTEM_FOLDERS}")
    return found or pytest.skip(f"{program} is not installed")


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Process:
    """One server in the foreground; it dies with this process where `setpriv` can arrange that."""

    def __init__(self, argv: Sequence[str], log: Path, *, port: int) -> None:
        """Start `argv` and return when `port` accepts a connection; the log is in the error when it does not."""
        tied = ["setpriv", "--pdeathsig", "KILL", "--"] if shutil.which("setpriv") else []
        self.log = log
        with log.open("wb") as output:
            self.popen = subprocess.Popen(
                [*tied, *argv], stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
            )
        self._await(port)

    def _await(self, port: int) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline and self.popen.poll() is None:
            with socket.socket() as probe:
                probe.settimeout(1)
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.01)
        self.stop()
        pytest.fail(f"{self.popen.args!r} did not start:\n{self.log.read_text(errors='replace')}", pytrace=False)

    def stop(self) -> None:
        """End it and whatever it started; returns when it is gone."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.popen.pid, number)
                self.popen.wait(timeout=5)
            except ProcessLookupError:
                break
            except subprocess.TimeoutExpired:
                continue
            if number == signal.SIGKILL:
                break
        self.popen.wait(timeout=5)
