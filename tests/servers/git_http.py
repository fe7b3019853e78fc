"""`git http-backend` behind lighttpd, over HTTP(S): open, with a password, a token or a client certificate."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests.servers.git_repo import Content, GitRepo
from tests.servers.process import Process, free_port, need
from tests.servers.tls import Authority, authority

USER = "gitbot"
PASSWORD = "canary-http-password-4f1d"
TOKEN = "canary-http-token-9b2e"

Access = Literal["open", "basic", "bearer"]
Scheme = Literal["http", "https", "mutual"]

BACKEND = """\
#!/bin/sh
printf '%s\\n' "$REQUEST_METHOD $REQUEST_URI ${{REMOTE_USER:--}}" >> {log}
export GIT_PROJECT_ROOT={root} GIT_HTTP_EXPORT_ALL=1 GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null HOME={folder} PATH={path}
exec {git} http-backend
"""
DENIED = """\
#!/bin/sh
printf '%s\\n' "$REQUEST_METHOD $REQUEST_URI denied" >> {log}
printf 'Status: 401\\r\\nWWW-Authenticate: Bearer realm="git"\\r\\nContent-Type: text/plain\\r\\n\\r\\nno\\n'
"""
LIGHTTPD = """\
server.modules = ("mod_alias", "mod_auth", "mod_authn_file", "mod_cgi", "mod_openssl")
server.document-root = "{folder}/empty"
server.bind = "127.0.0.1"
server.port = {http}
server.upload-dirs = ("{folder}/upload")
server.max-request-size = 0
server.stream-response-body = 1
server.max-connections = 512
cgi.assign = ("" => "")
alias.url = ("/open" => "{folder}/backend", "/basic" => "{folder}/backend", "/bearer" => "{folder}/denied")
$REQUEST_HEADER["Authorization"] == "Bearer {token}" {{
  alias.url = ("/bearer" => "{folder}/backend")
}}
auth.backend = "plain"
auth.backend.plain.userfile = "{folder}/users"
auth.require = ("/basic" => ("method" => "basic", "realm" => "git", "require" => "valid-user"))
$SERVER["socket"] == "127.0.0.1:{https}" {{
  ssl.engine = "enable"
  ssl.pemfile = "{cert}"
  ssl.privkey = "{key}"
}}
$SERVER["socket"] == "127.0.0.1:{mutual}" {{
  ssl.engine = "enable"
  ssl.pemfile = "{cert}"
  ssl.privkey = "{key}"
  ssl.ca-file = "{ca}"
  ssl.verifyclient.activate = "enable"
  ssl.verifyclient.enforce = "enable"
}}
"""


@dataclass(slots=True)
class GitHttp:
    """The running server; every repository below `root` is served under each kind of access."""

    folder: Path
    ports: Mapping[Scheme, int]
    tls: Authority
    process: Process

    @classmethod
    def start(cls, folder: Path) -> GitHttp:
        """Start lighttpd on free ports with its files in `folder`; skips the test where lighttpd is missing."""
        lighttpd, git = need("lighttpd"), need("git")
        need("git-http-backend")
        for name in ("root", "empty", "upload"):
            (folder / name).mkdir()
        tls = authority(folder / "tls")
        ports: dict[Scheme, int] = {"http": free_port(), "https": free_port(), "mutual": free_port()}
        log = shlex.quote(str(folder / "requests"))
        values = {"folder": folder, "root": folder / "root", "git": git, "path": os.environ["PATH"], "log": log}
        _script(folder / "backend", BACKEND.format(**values))
        _script(folder / "denied", DENIED.format(**values))
        (folder / "users").write_text(f"{USER}:{PASSWORD}\n")
        certs = {"ca": tls.ca, "cert": tls.server_cert, "key": tls.server_key}
        conf = folder / "lighttpd.conf"
        conf.write_text(LIGHTTPD.format(folder=folder, token=TOKEN, **ports, **certs))
        process = Process([lighttpd, "-D", "-f", str(conf)], folder / "lighttpd.log", port=ports["http"])
        return cls(folder, ports, tls, process)

    def stop(self) -> None:
        """End the server."""
        self.process.stop()

    def origin(self, scheme: Scheme = "http") -> str:
        """Scheme, host and port."""
        return f"{'http' if scheme == 'http' else 'https'}://127.0.0.1:{self.ports[scheme]}"

    def url(self, repo: GitRepo, access: Access = "open", scheme: Scheme = "http") -> str:
        """Where a repository is served, with no credential in it."""
        return f"{self.origin(scheme)}/{access}/{repo.path.name}"

    def repo(self, name: str, files: Mapping[str | bytes, Content] | Mapping[str, str] | None = None) -> GitRepo:
        """Make a repository below the root; a number is added when the name is taken, so that tests do not meet."""
        root, number, free = self.folder / "root", 1, name
        while (root / f"{free}.git").exists():
            number += 1
            free = f"{name}-{number}"
        return GitRepo.create(root / f"{free}.git", files or {})

    def add_user(self, name: str, password: str) -> None:
        """Let one more user in where a password is asked for."""
        with (self.folder / "users").open("a") as users:
            users.write(f"{name}:{password}\n")

    def requests(self, repo: GitRepo | None = None) -> list[str]:
        """Every request git's backend saw, as `METHOD path user`, the oldest first; of one repository or of all."""
        log = self.folder / "requests"
        lines = log.read_text().splitlines() if log.exists() else []
        return [line for line in lines if repo is None or f"/{repo.path.name}/" in line]


def _script(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)
    subprocess.run(["sh", "-n", path], check=True)
