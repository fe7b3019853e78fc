"""tinyproxy on 127.0.0.1, asking for a user name and a password."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.servers.process import Process, free_port, need

USER = "proxyuser"
PASSWORD = "canary-proxy-password-c05e"

CONF = """\
Port {port}
Listen 127.0.0.1
Allow 127.0.0.1
Timeout 60
LogLevel Connect
MaxClients 100
PidFile "{folder}/pid"
BasicAuth {user} {password}
"""


@dataclass(frozen=True, slots=True)
class Proxy:
    """The running proxy."""

    folder: Path
    port: int
    process: Process

    @classmethod
    def start(cls, folder: Path) -> Proxy:
        """Start tinyproxy on a free port with its files in `folder`; skips the test where tinyproxy is missing."""
        program, port = need("tinyproxy"), free_port()
        conf = folder / "tinyproxy.conf"
        conf.write_text(CONF.format(folder=folder, port=port, user=USER, password=PASSWORD))
        return cls(folder, port, Process([program, "-d", "-c", str(conf)], folder / "log", port=port))

    def stop(self) -> None:
        """End the proxy."""
        self.process.stop()

    @property
    def address(self) -> str:
        """Its URL, with no credential in it."""
        return f"http://127.0.0.1:{self.port}"

    def requests(self) -> list[str]:
        """The request lines it was asked, the oldest first."""
        lines = (self.folder / "log").read_text(errors="replace").splitlines()
        return [line.partition("): ")[2] for line in lines if "Request (file descriptor" in line]
