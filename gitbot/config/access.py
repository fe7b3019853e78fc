"""Which protocol a repository may use, and which credentials go with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gitbot.config.document import Path
from gitbot.config.mistakes import Mistake
from gitbot.config.repository import Auth, Proxy, Repository
from gitbot.printable import printable

_SSH_ONLY = {"identity": "identity", "known_hosts": "knownHosts", "passphrase": "passphrase"}
_HTTP_ONLY = {name: name for name in ("username", "password", "token", "ca", "cert", "key")}


def repository_mistakes(path: Path, repository: Repository, allowed: Sequence[str]) -> Iterator[Mistake]:
    """Find what is wrong between a repository's URL, its credentials and the protocols that are allowed."""
    if repository.scheme not in allowed:
        yield Mistake((*path, "url"), _refused(repository, allowed))
    yield from _for_scheme((*path, "auth"), repository.auth, repository.scheme)
    yield from auth_mistakes((*path, "auth"), repository.auth)
    yield from proxy_mistakes((*path, "proxy"), repository.proxy)


def auth_mistakes(path: Path, auth: Auth) -> Iterator[Mistake]:
    """Find what is wrong between the credentials themselves."""
    if auth.token is not None and (auth.username is not None or auth.password is not None):
        yield Mistake((*path, "token"), "stands beside username or password; give one way in")
    if auth.password is not None and auth.username is None:
        yield Mistake((*path, "password"), "wants a username beside it (for an access token: often any name will do)")
    if auth.username is not None and auth.password is None:
        yield Mistake((*path, "username"), "wants a password beside it")
    if (auth.cert is None) != (auth.key is None):
        yield Mistake((*path, "cert" if auth.key is None else "key"), "cert and key go together; give both")
    if auth.passphrase is not None and auth.identity is None:
        yield Mistake((*path, "passphrase"), "wants an identity beside it")


def proxy_mistakes(path: Path, proxy: Proxy | None) -> Iterator[Mistake]:
    """Find what is wrong between the fields of a proxy."""
    if proxy is not None and (proxy.username is None) != (proxy.password is None):
        yield Mistake(
            (*path, "username" if proxy.password is None else "password"), "username and password go together"
        )


def _refused(repository: Repository, allowed: Sequence[str]) -> str:
    scheme = repository.scheme
    first = repository.url.partition("/")[0]
    if scheme == "file" and "." in first.strip(".") and not repository.url.startswith((".", "/")):
        return f"is read as a local path; write https://{printable(repository.url, 100)}"
    text = f"the protocol {scheme} is not allowed (allowed: {', '.join(allowed)}); add it to git.allowProtocols"
    return text + (", though http sends everything in the clear" if scheme == "http" else "")


def _for_scheme(path: Path, auth: Auth, scheme: str) -> Iterator[Mistake]:
    foreign = _HTTP_ONLY if scheme == "ssh" else _SSH_ONLY if scheme in {"http", "https"} else _HTTP_ONLY | _SSH_ONLY
    reader = {"ssh": "SSH", "file": "a local path"}.get(scheme, scheme.upper())
    for name, key in foreign.items():
        if getattr(auth, name) is not None:
            yield Mistake((*path, key), f"has no use with {reader}; take it out")
    if scheme == "ssh" and auth.identity is None:
        yield Mistake((*path, "identity"), "is missing: SSH needs a private key")
    if scheme == "ssh" and auth.known_hosts is None:
        yield Mistake((*path, "knownHosts"), "is missing: without known host keys SSH trusts anybody (see ssh-keyscan)")
