"""The HTTP server serves git as a forge does: with and without a password, a token, TLS."""

from __future__ import annotations

import subprocess

import pytest

from tests.servers.git_http import PASSWORD, TOKEN, USER

pytestmark = pytest.mark.server


def git(*argv, **options):
    return subprocess.run(["git", *map(str, argv)], capture_output=True, text=True, check=False, **options)


def with_password(url):
    return url.replace("://", f"://{USER}:{PASSWORD}@")


def bearer(token=TOKEN):
    return ("-c", f"http.extraHeader=Authorization: Bearer {token}")


def push_a_file(tmp_path, url, *options):
    work = tmp_path / "work"
    assert git("clone", "-q", url, work).returncode == 0
    (work / "new.yaml").write_text("x: 1\n")
    git("-C", work, "add", ".")
    git("-C", work, "commit", "-q", "-m", "From a clone")
    return git("-C", work, "push", *options, "origin", "HEAD:main", "HEAD:other")


def test_an_open_repository_is_read_and_pushed_to(git_http, tmp_path):
    repo = git_http.repo("open", {"a.yaml": "x: 1\n"})
    pushed = push_a_file(tmp_path, git_http.url(repo), "--atomic", "-o", "ci.skip")
    assert pushed.returncode == 0, pushed.stderr
    assert repo.read("new.yaml") == "x: 1\n"
    assert repo.head("other") == repo.head("main")


def test_names_do_not_meet(git_http):
    assert git_http.repo("same", {"a": "1"}).path != git_http.repo("same").path


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_password_is_asked_for(git_http, scheme):
    repo = git_http.repo("basic", {"a.yaml": "x: 1\n"})
    url = git_http.url(repo, "basic", scheme)
    ca = ("-c", f"http.sslCAInfo={git_http.tls.ca}")
    assert git(*ca, "ls-remote", url).returncode == 128
    assert git(*ca, "ls-remote", url.replace("://", "://gitbot:wrong@")).returncode == 128
    assert git_http.requests(repo) == []
    assert repo.head() in git(*ca, "ls-remote", with_password(url)).stdout
    assert git_http.requests(repo)[-1].endswith(USER)


def test_users_can_be_added(git_http):
    repo = git_http.repo("users", {"a": "1"})
    git_http.add_user("x-access-token", "abc")
    url = git_http.url(repo, "basic").replace("://", "://x-access-token:abc@")
    assert git("ls-remote", url).returncode == 0


def test_a_token_is_asked_for(git_http):
    repo = git_http.repo("bearer", {"a.yaml": "x: 1\n"})
    url = git_http.url(repo, "bearer")
    assert git("ls-remote", url).returncode == 128
    assert git(*bearer("wrong"), "ls-remote", url).returncode == 128
    assert all(line.endswith("denied") for line in git_http.requests(repo))
    assert repo.head() in git(*bearer(), "ls-remote", url).stdout


def test_an_unknown_authority_is_refused(git_http):
    url = git_http.url(git_http.repo("tls", {"a": "1"}), "open", "https")
    refused = git("ls-remote", url)
    assert refused.returncode == 128
    assert "certificate" in refused.stderr


def test_a_client_certificate_is_asked_for(git_http):
    tls = git_http.tls
    url = git_http.url(git_http.repo("mutual", {"a": "1"}), "open", "mutual")
    ca = ("-c", f"http.sslCAInfo={tls.ca}")
    client = ("-c", f"http.sslCert={tls.client_cert}", "-c", f"http.sslKey={tls.client_key}")
    assert git(*ca, "ls-remote", url).returncode == 128
    assert git(*ca, *client, "ls-remote", url).returncode == 0


def test_a_large_push_arrives(git_http, tmp_path, make_repo):
    source = make_repo({f"{n}.bin": bytes(range(256)) * 40 + str(n).encode() * 1000 for n in range(400)})
    target = git_http.repo("large")
    pushed = git("-C", source.path, "-c", "http.postBuffer=1024", "push", git_http.url(target), "main")
    assert pushed.returncode == 0, pushed.stderr
    assert target.head() == source.head()
