"""The misbehaving server serves git well until it is told how to misbehave, and then does just that."""

from __future__ import annotations

import subprocess

import pytest

from tests.servers import misbehaviour as bad
from tests.servers.bad_http import backend
from tests.servers.git_repo import GitRepo
from tests.servers.tls import authority

FAST = ("-c", "http.lowSpeedLimit=1000", "-c", "http.lowSpeedTime=1")


def git(*argv):
    return subprocess.run(["git", *map(str, argv)], capture_output=True, text=True, check=False)


@pytest.fixture
def root(tmp_path):
    GitRepo.create(tmp_path / "root" / "repo.git", {"a.yaml": "x: 1\n" * 5000, "b.bin": bytes(range(256)) * 40})
    return tmp_path / "root"


def with_password(url):
    return url.replace("://", "://me:canary@")


def push(root, url):
    copy = GitRepo.create(root.parent / "copy.git", {})
    copy.git("fetch", "-q", str(root / "repo.git"), "main:main")
    copy.commit({"new.yaml": "y: 2\n" * 1000})
    return git("-C", copy.path, "push", "--porcelain", url, "main:main")


def test_it_serves_git_well_when_asked_to(bad_http, root, tmp_path):
    server = bad_http(backend(root))
    repo = GitRepo(root / "repo.git")
    assert repo.head() in git("ls-remote", server.url()).stdout
    assert git("clone", "-q", "--bare", "--depth=1", server.url(), tmp_path / "clone").returncode == 0
    pushed = push(root, server.url())
    assert pushed.returncode == 0, pushed.stderr
    assert repo.read("new.yaml").startswith("y: 2")
    assert {request.method for request in server.requests} == {"GET", "POST"}


def test_it_serves_over_tls(bad_http, root, tmp_path):
    tls = authority(tmp_path / "tls")
    server = bad_http(backend(root), cert=tls.server_cert, key=tls.server_key)
    assert git("-c", f"http.sslCAInfo={tls.ca}", "ls-remote", server.url()).returncode == 0


def test_it_notes_the_credentials_it_gets(bad_http, root):
    server = bad_http(bad.password("me:canary", backend(root)))
    assert git("ls-remote", with_password(server.url())).returncode == 0
    assert server.saw("canary")
    assert server.saw("me:canary")
    assert not server.saw("canaries")


def test_it_redirects_and_shows_who_follows_with_a_credential(bad_http, root):
    target = bad_http(bad.password("me:canary", backend(root)))
    source = bad_http(bad.redirect(target.origin))
    git("-c", "http.followRedirects=false", "ls-remote", with_password(source.url()))
    assert source.saw("canary")
    assert target.requests == []
    git(
        "-c",
        "http.followRedirects=true",
        "ls-remote",
        with_password(bad_http(bad.redirect_at_once(target.origin)).url()),
    )
    assert target.requests


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (bad.status(401), "could not read Username"),
        (bad.status(403), "403"),
        (bad.status(404), "not found"),
        (bad.status(500), "500"),
        (bad.status(503, {"Retry-After": "30"}), "503"),
        (bad.close_at_once(), "Empty reply"),
        (bad.garbage(), ""),
        (bad.hang(), "too slow"),
        (bad.hang_after_headers(), "too slow"),
        (bad.drip(0.01), "too slow"),
    ],
    ids=["401", "403", "404", "500", "503", "close", "garbage", "hang", "headers", "drip"],
)
def test_it_refuses_in_every_way(bad_http, answer, words):
    refused = git(*FAST, "ls-remote", bad_http(answer).url())
    assert refused.returncode == 128
    assert words in refused.stderr


def test_git_takes_a_web_page_for_an_empty_repository(bad_http):
    shown = git("ls-remote", bad_http(bad.wrong_content_type()).url())
    assert (shown.returncode, shown.stdout) == (0, "")


def test_it_advertises_odd_refs(bad_http):
    server = bad_http(bad.odd_refs("HEAD", "refs/heads/--upload-pack=touch", b"refs/heads/caf\xe9"))
    shown = subprocess.run(["git", "ls-remote", server.url()], capture_output=True, check=True).stdout
    assert b"refs/heads/--upload-pack=touch" in shown
    assert b"caf\xe9" in shown


def test_it_advertises_as_many_refs_as_it_is_told(bad_http):
    server = bad_http(bad.endless_refs(200_000))
    assert git("ls-remote", server.url()).returncode == 128


def test_it_drops_the_connection_within_a_pack(bad_http, root, tmp_path):
    server = bad_http(bad.cut_pack(root, 600))
    cloned = git("clone", "--bare", server.url(), tmp_path / "clone")
    assert cloned.returncode == 128
    assert "early EOF" in cloned.stderr or "transfer closed" in cloned.stderr


def test_it_misbehaves_at_first_or_for_pushes_alone(bad_http, root):
    server = bad_http(bad.at_first(2, bad.status(503), bad.on_push(bad.status(500), backend(root))))
    codes = [git("ls-remote", server.url()).returncode for _ in range(3)]
    assert codes == [128, 128, 0]
    assert push(root, server.url()).returncode == 128


def test_it_takes_a_push_and_loses_the_answer(bad_http, root):
    server = bad_http(bad.lose_answer_to_push(root))
    assert push(root, server.url()).returncode != 0
    assert GitRepo(root / "repo.git").count() == 2


def test_it_is_slow(bad_http, root):
    assert git(*FAST, "ls-remote", bad_http(bad.slow(root, 0.1)).url()).returncode == 0
