"""A private certificate authority and what it issues, made with the openssl command."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.servers.process import need

NAMES = "subjectAltName=IP:127.0.0.1,DNS:localhost"


@dataclass(frozen=True, slots=True)
class Authority:
    """Files of a private authority: its certificate, the server's certificate and key for 127.0.0.1, and a client's."""

    ca: Path
    server_cert: Path
    server_key: Path
    client_cert: Path
    client_key: Path


def authority(folder: Path) -> Authority:
    """Make an authority that nobody trusts by default, and one server and one client certificate of it."""
    openssl = need("openssl")
    folder.mkdir(parents=True, exist_ok=True)

    def run(*argv: str) -> None:
        subprocess.run([openssl, *argv], cwd=folder, check=True, capture_output=True)

    new_key = ("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    run(*new_key, "-x509", "-days", "3650", "-subj", "/CN=gitbot test CA", "-keyout", "ca.key", "-out", "ca.pem")
    for name, extension in (("server", NAMES), ("client", "extendedKeyUsage=clientAuth")):
        (folder / f"{name}.ext").write_text(extension)
        run(*new_key, "-subj", f"/CN=gitbot test {name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
        issuer = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial")
        run(
            "x509",
            "-req",
            "-in",
            f"{name}.csr",
            *issuer,
            "-days",
            "3650",
            "-extfile",
            f"{name}.ext",
            "-out",
            f"{name}.pem",
        )
    files = ("ca.pem", "server.pem", "server.key", "client.pem", "client.key")
    return Authority(*(folder / name for name in files))
