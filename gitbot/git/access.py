"""How git reaches one repository: URL, credential, certificates, proxy; handed over without argv, URL or repository."""

from __future__ import annotations

import base64
import shlex
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from gitbot.git.environment import base_environment, with_settings
from gitbot.git.private import private_folder
from gitbot.secret import Secret, remember_pair

_ASKPASS = '#!/bin/sh\nprintf "%s\\n" "$GITBOT_PASSPHRASE"\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Everything needed to talk to one repository; every secret goes to the origin of `url` alone.

    `timeout_s` bounds one network operation; a transfer below `low_speed_limit` bytes a second for `low_speed_s` seconds is
    given up. `proxy` is a URL without credentials.
    """

    url: str
    username: str = ""
    password: Secret | None = None
    token: Secret | None = None
    identity: Secret | None = None
    passphrase: Secret | None = None
    known_hosts: Secret | None = None
    ca: Secret | None = None
    cert: Secret | None = None
    key: Secret | None = None
    proxy: str = ""
    proxy_username: str = ""
    proxy_password: Secret | None = None
    allow_protocols: tuple[str, ...] = ("https", "ssh")
    timeout_s: float = 60.0
    low_speed_limit: int = 1000
    low_speed_s: int = 30

    @property
    def origin(self) -> str:
        """`scheme://host[:port]`, to which the credential is bound; "" for SSH and local paths."""
        parts = urllib.parse.urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}/" if parts.scheme in {"http", "https"} else ""

    @property
    def identity_text(self) -> str:
        """What tells two credentials apart without naming them: who, not the secret."""
        kinds = ("password", "token", "identity", "cert")
        return ",".join([self.username, *(kind for kind in kinds if getattr(self, kind))])


@dataclass(frozen=True, slots=True)
class Door:
    """An opened access: environments for commands that stay local and for those that reach the server."""

    local: dict[str, str]
    remote: dict[str, str]
    bare: dict[str, str] = field(default_factory=dict)


@contextmanager
def opened(access: Access) -> Iterator[Door]:
    """Lay out a private folder (0700) with what git needs as files; it is gone when the block ends."""
    with private_folder() as home:
        base = base_environment(home, access.allow_protocols, access.low_speed_limit, access.low_speed_s)
        settings, variables = _transport(access, home)
        proxies = {} if access.proxy else {"GITBOT_KEEP_PROXIES": "1"}
        yield Door(
            local=with_settings(base),
            remote=with_settings(base | variables | proxies, (*settings, *_header(access))),
            bare=with_settings(base | proxies, settings),
        )


def _transport(access: Access, home: Path) -> tuple[tuple[tuple[str, str], ...], dict[str, str]]:
    settings: list[tuple[str, str]] = []
    for name, secret in (("sslCAInfo", access.ca), ("sslCert", access.cert), ("sslKey", access.key)):
        if secret and access.origin:
            settings.append((f"http.{access.origin}.{name}", _file(home / name, secret.reveal())))
    if access.proxy:
        settings += [("http.proxy", _proxy_url(access)), ("http.proxyAuthMethod", "basic")]
    return tuple(settings), _ssh(access, home)


def _proxy_url(access: Access) -> str:
    if not access.proxy_username:
        return access.proxy
    parts = urllib.parse.urlsplit(access.proxy)
    password = access.proxy_password.reveal() if access.proxy_password else ""
    login = f"{urllib.parse.quote(access.proxy_username, safe='')}:{urllib.parse.quote(password, safe='')}"
    return parts._replace(netloc=f"{login}@{parts.netloc}").geturl()


def _header(access: Access) -> tuple[tuple[str, str], ...]:
    """The Authorization header, bound to the origin: with redirects refused it cannot reach another host."""
    if not access.origin:
        return ()
    if access.token:
        value = f"Bearer {access.token.reveal()}"
    elif access.password:
        remember_pair(access.username, access.password)
        pair = f"{access.username}:{access.password.reveal()}".encode()
        value = f"Basic {base64.b64encode(pair).decode()}"
    else:
        return ()
    return ((f"http.{access.origin}.extraHeader", f"Authorization: {value}"),)


def _ssh(access: Access, home: Path) -> dict[str, str]:
    """GIT_SSH_COMMAND: no user configuration, no agent, no prompt, known hosts only. The first -o wins in ssh."""
    interactive = "no" if access.passphrase else "yes"
    options = [
        f"BatchMode={interactive}",
        "StrictHostKeyChecking=yes",
        "UserKnownHostsFile=" + _file(home / "known_hosts", access.known_hosts.reveal() if access.known_hosts else ""),
        "GlobalKnownHostsFile=/dev/null",
        "IdentitiesOnly=yes",
        "IdentityAgent=none",
        "PasswordAuthentication=no",
        "KbdInteractiveAuthentication=no",
        "ForwardAgent=no",
        "PermitLocalCommand=no",
        "UpdateHostKeys=no",
        f"ConnectTimeout={max(1, int(access.timeout_s))}",
        "ServerAliveInterval=10",
        "ServerAliveCountMax=3",
    ]
    command = ["ssh", "-F", "/dev/null"]
    for option in options:
        command += ["-o", option]
    variables: dict[str, str] = {}
    if access.identity:
        command += ["-i", _file(home / "identity", access.identity.reveal().rstrip("\n") + "\n")]
    if access.passphrase:
        askpass = home / "askpass"
        _file(askpass, _ASKPASS)
        askpass.chmod(0o700)
        variables = {"SSH_ASKPASS": str(askpass), "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": ":"}
        variables["GITBOT_PASSPHRASE"] = access.passphrase.reveal()
    return variables | {"GIT_SSH_COMMAND": shlex.join(command), "GIT_SSH_VARIANT": "ssh"}


def _file(path: Path, text: str) -> str:
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
    return str(path)
