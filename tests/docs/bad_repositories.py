"""The repositories and servers of the table of bad input; each is made as told by a row and gives the URL to use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.world import marked
from tests.servers import misbehaviour as bad
from tests.servers.bad_http import Answer, BadHttp, backend
from tests.servers.git_repo import Gitlink, GitRepo, Symlink
from tests.servers.process import free_port

GOOD = {"apps/a.yaml": marked("1.0.0")}
SECRET = "canary-bad-input-5c1e"


@dataclass(slots=True)
class Place:
    """Where a repository is reached, what its entry in the configuration says besides, and what to hide in messages."""

    url: str
    repository: Mapping[str, Any]
    hide: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Makers:
    """What a row may be made with: a folder, a way to start servers, and pytest's fixtures for the rest."""

    folder: Path
    serve: Callable[..., BadHttp]
    request: pytest.FixtureRequest

    def make(self, name: str) -> Place:
        """The repository or server of that name."""
        if name in _FILES:
            return self.local(_FILES[name])
        if name in _LOCAL:
            return _LOCAL[name](self)
        if name in _SERVERS:
            return self.server(_SERVERS[name](self.folder))
        return _SPECIAL[name](self)

    def local(self, files: Mapping[str | bytes, Any]) -> Place:
        """A bare repository on this machine."""
        return _at(GitRepo.create(self.folder / "fleet.git", files).path)

    def server(self, answer: Answer, **options: Any) -> Place:
        """A server that misbehaves, in front of a good repository."""
        GitRepo.create(self.folder / "fleet.git", GOOD)
        server = self.serve(answer, **options)
        return Place(server.url("fleet.git"), {}, {server.origin: "https://git.example.com"})


def _at(path: Path) -> Place:
    return Place(str(path), {}, {str(path): "/srv/git/fleet.git"})


def _empty(makers: Makers) -> Place:
    repo = GitRepo.create(makers.folder / "fleet.git", {})
    return _at(repo.path)


def _hook(makers: Makers) -> Place:
    repo = GitRepo.create(makers.folder / "fleet.git", GOOD)
    repo.refuse("commits must name a ticket")
    return _at(repo.path)


def _protected(makers: Makers) -> Place:
    repo = GitRepo.create(makers.folder / "fleet.git", GOOD)
    repo.protect()
    return _at(repo.path)


def _diverged(makers: Makers) -> Place:
    repo = GitRepo.create(makers.folder / "fleet.git", GOOD)
    repo.git("update-ref", "refs/heads/live", "refs/heads/main")
    repo.commit({"hotfix": "made on live\n"}, branch="live")
    return _at(repo.path)


def _no_server(makers: Makers) -> Place:
    origin = f"http://127.0.0.1:{free_port()}"
    return Place(f"{origin}/fleet.git", {}, {origin: "https://git.example.com"})


def _redirect(makers: Makers) -> Place:
    elsewhere = makers.serve(bad.status(200))
    place = makers.server(bad.redirect_at_once(elsewhere.origin))
    place.hide = {**place.hide, elsewhere.origin: "https://elsewhere.example.com"}
    return place


def _unknown_ca(makers: Makers) -> Place:
    from tests.servers.tls import authority

    tls = authority(makers.folder / "tls")
    return makers.server(backend(makers.folder), cert=tls.server_cert, key=tls.server_key)


def _wrong_password(makers: Makers) -> Place:
    (makers.folder / "password").write_text(SECRET)
    place = makers.server(bad.password("gitbot:another", backend(makers.folder)))
    place.repository = {"auth": {"username": "gitbot", "password": {"file": "password"}}}
    return place


def _ssh(makers: Makers, identity: str, known_hosts: str) -> Place:
    server = makers.request.getfixturevalue("git_ssh")
    repo = GitRepo.create(makers.folder / "fleet.git", GOOD)
    url = server.url(repo)
    auth = {
        "identity": {"file": str(getattr(server, identity))},
        "knownHosts": {"file": str(getattr(server, known_hosts))},
    }
    return Place(url, {"auth": auth}, {url: "ssh://git@git.example.com/fleet.git"})


_FILES: dict[str, Mapping[str | bytes, Any]] = {
    "good": GOOD,
    "link": {"apps/a.yaml": Symlink("../other/b"), "other/b": marked("1.0.0"), "clusters": Symlink("apps")},
    "submodule": {**GOOD, "clusters": Gitlink()},
    "odd-name": {b"apps/\xff.yaml": marked("1.0.0")},
    "large": {"apps/a.yaml": marked("1.0.0") + "# filler\n" * 1_900_000},
}
_LOCAL: dict[str, Callable[[Makers], Place]] = {
    "nothing": lambda makers: _at(makers.folder / "fleet.git"),
    "empty": _empty,
    "hook": _hook,
    "protected": _protected,
    "diverged": _diverged,
    "no-server": _no_server,
}
_SERVERS: dict[str, Callable[[Path], Answer]] = {
    "401": lambda _: bad.status(401),
    "403": lambda _: bad.status(403),
    "404": lambda _: bad.status(404),
    "500": lambda _: bad.status(500),
    "hang": lambda _: bad.hang(),
    "hang-after-headers": lambda _: bad.hang_after_headers(),
    "close": lambda _: bad.close_at_once(),
    "garbage": lambda _: bad.garbage(),
    "login-page": lambda _: bad.wrong_content_type(),
    "cut": lambda root: bad.cut_pack(root, 40),
    "read-only": lambda root: bad.on_push(bad.status(403), backend(root)),
    "lost-answer": bad.lose_answer_to_push,
}
_SPECIAL: dict[str, Callable[[Makers], Place]] = {
    "redirect": _redirect,
    "unknown-ca": _unknown_ca,
    "wrong-password": _wrong_password,
    "unknown-host": lambda makers: _ssh(makers, "identity", "wrong_known_hosts"),
    "stranger": lambda makers: _ssh(makers, "stranger", "known_hosts"),
}
