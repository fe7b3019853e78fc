"""A server as git sees it: refs, fetching, credentials that go to one origin only, and every way to be refused."""

import pytest

from gitbot.errors import Refused, Unavailable
from gitbot.git.access import Access, opened
from gitbot.git.failures import NoSuchRefError, RedirectedError
from gitbot.git.remote import Remote
from gitbot.git.repository import Bare
from gitbot.secret import Secret
from tests.servers import git_http as http
from tests.servers import git_ssh as ssh
from tests.servers import misbehaviour as bad
from tests.servers.proxy import PASSWORD as PROXY_PASSWORD
from tests.servers.proxy import USER as PROXY_USER

pytestmark = pytest.mark.server
PASSWORD = "canary-Pa55 word%&'"


@pytest.fixture
def connect(tmp_path):
    """Open a remote through an access, with an empty bare repository beside it."""
    from contextlib import ExitStack

    with ExitStack() as stack:

        def to(url, **fields):
            access = Access(url=url, **{"timeout_s": 20, "allow_protocols": ("https", "http", "ssh", "file"), **fields})
            door = stack.enter_context(opened(access))
            folder = tmp_path / f"cache{len(list(tmp_path.glob('cache*')))}.git"
            folder.mkdir()
            bare = Bare(folder, door)
            bare.create()
            return Remote(access, door, folder), bare

        yield to


def test_refs_are_compared_exactly_and_tags_are_peeled(make_repo, connect):
    repo = make_repo({"a.yaml": "a: 1\n"})
    for branch in ("feature/main", "refs/heads/main", "main2"):
        repo.git("branch", branch)
    repo.tag("v1", message="annotated")
    remote, _ = connect(repo.url)
    found = remote.refs(["refs/heads/main", "refs/tags/v1", "refs/heads/absent"])
    assert found == {"refs/heads/main": repo.head(), "refs/tags/v1": repo.head()}
    assert remote.tags() == {"v1": repo.head()}
    assert remote.refs(["HEAD"])["HEAD -> "] == "refs/heads/main"


def test_an_empty_repository_has_no_refs(make_repo, connect):
    remote, _ = connect(make_repo().url)
    assert remote.refs(["refs/heads/main", "HEAD"]).get("refs/heads/main") is None


def test_a_repository_of_another_object_format_is_told(tmp_path, connect):
    import subprocess

    folder = tmp_path / "long.git"
    subprocess.run(["git", "init", "-q", "--bare", "--object-format=sha256", "-b", "main", folder], check=True)
    git = ["git", "-C", folder]
    tree = subprocess.run([*git, "mktree"], input=b"", capture_output=True, check=True).stdout.decode().strip()
    commit = (
        subprocess.run([*git, "commit-tree", "-m", "x", tree], capture_output=True, check=True).stdout.decode().strip()
    )
    subprocess.run([*git, "update-ref", "refs/heads/main", commit], check=True)
    remote, _ = connect(folder.as_uri())
    with pytest.raises(Refused, match="SHA-256"):
        remote.refs(["refs/heads/main"])


def test_a_fetch_brings_one_commit_and_no_history(make_repo, connect):
    repo = make_repo({"a.yaml": "a: 1\n"})
    repo.commit({"a.yaml": "a: 2\n"}, message="second")
    remote, bare = connect(repo.url)
    remote.fetch(["+refs/heads/main:refs/seen/heads/main"], "--depth=1")
    head = bare.commit_of("refs/seen/heads/main")
    assert head == repo.head()
    assert [commit for commit, _, _ in bare.commits(head)] == [head]


@pytest.mark.parametrize("access", ["basic", "bearer"])
def test_the_credential_opens_the_door(git_http, connect, access):
    repo = git_http.repo(f"door-{access}", {"a.yaml": "a: 1\n"})
    login = {"username": http.USER, "password": Secret(http.PASSWORD)}
    fields = login if access == "basic" else {"token": Secret(http.TOKEN)}
    remote, _ = connect(git_http.url(repo, access, "https"), ca=Secret(git_http.tls.ca.read_text()), **fields)
    assert remote.refs(["refs/heads/main"]) == {"refs/heads/main": repo.head()}


def test_an_unknown_certificate_authority_is_refused(git_http, connect):
    repo = git_http.repo("tls", {"a.yaml": "a: 1\n"})
    remote, _ = connect(git_http.url(repo, "open", "https"))
    with pytest.raises(Refused, match="certificate") as caught:
        remote.refs(["refs/heads/main"])
    assert "auth.ca" in caught.value.hint


def test_a_client_certificate_opens_the_door(git_http, connect):
    repo = git_http.repo("mutual", {"a.yaml": "a: 1\n"})
    tls = {
        "ca": Secret(git_http.tls.ca.read_text()),
        "cert": Secret(git_http.tls.client_cert.read_text()),
        "key": Secret(git_http.tls.client_key.read_text()),
    }
    remote, _ = connect(git_http.url(repo, "open", "mutual"), **tls)
    assert remote.refs(["refs/heads/main"]) == {"refs/heads/main": repo.head()}


def test_a_wrong_password_is_refused_and_not_shown(git_http, connect):
    repo = git_http.repo("wrong", {"a.yaml": "a: 1\n"})
    remote, _ = connect(git_http.url(repo, "basic"), username="bot", password=Secret(PASSWORD))
    with pytest.raises(Refused, match="the server refuses the credential") as caught:
        remote.refs(["refs/heads/main"])
    assert PASSWORD not in caught.value.message
    assert "credential" in caught.value.hint


def test_a_missing_credential_is_asked_for(bad_http, connect):
    remote, _ = connect(bad_http(bad.status(401)).url())
    with pytest.raises(Refused, match="the server wants a credential, and none is given"):
        remote.refs(["refs/heads/main"])


def test_ssh_works_with_a_key_and_known_hosts(git_http, git_ssh, connect, make_repo):
    repo = make_repo({"a.yaml": "a: 1\n"})
    keys = {"identity": Secret(git_ssh.identity.read_text()), "known_hosts": Secret(git_ssh.known_hosts.read_text())}
    remote, _ = connect(git_ssh.url(repo), **keys)
    assert remote.refs(["refs/heads/main"]) == {"refs/heads/main": repo.head()}


def test_ssh_works_with_a_locked_key(git_ssh, connect, make_repo):
    repo = make_repo({"a.yaml": "a: 1\n"})
    keys = {
        "identity": Secret(git_ssh.locked_identity.read_text()),
        "passphrase": Secret(ssh.PASSPHRASE),
        "known_hosts": Secret(git_ssh.known_hosts.read_text()),
    }
    remote, _ = connect(git_ssh.url(repo), **keys)
    assert remote.refs(["refs/heads/main"]) == {"refs/heads/main": repo.head()}


@pytest.mark.parametrize(
    ("identity", "known_hosts", "words", "hint"),
    [
        ("identity", "wrong_known_hosts", "Host key verification failed", "known_hosts"),
        ("stranger", "known_hosts", "Permission denied", "credential"),
        ("locked_identity", "known_hosts", "Permission denied", "credential"),
    ],
)
def test_ssh_refuses_strangers_on_both_sides(git_ssh, connect, make_repo, identity, known_hosts, words, hint):
    keys = {
        "identity": Secret(getattr(git_ssh, identity).read_text()),
        "known_hosts": Secret(getattr(git_ssh, known_hosts).read_text()),
    }
    remote, _ = connect(git_ssh.url(make_repo({"a": "b"})), **keys)
    with pytest.raises(Refused, match=words) as caught:
        remote.refs(["refs/heads/main"])
    assert hint in caught.value.hint


def test_a_proxy_with_a_password_is_used(git_http, proxy, connect):
    repo = git_http.repo("proxied", {"a.yaml": "a: 1\n"})
    fields = {"proxy": proxy.address, "proxy_username": PROXY_USER, "proxy_password": Secret(PROXY_PASSWORD)}
    remote, _ = connect(git_http.url(repo), **fields)
    assert remote.refs(["refs/heads/main"]) == {"refs/heads/main": repo.head()}
    assert proxy.requests()


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_one_error_that_names_the_place_and_no_secret_arrives(bad_http, connect, code):
    elsewhere = bad_http(bad.status(200))
    server = bad_http(bad.redirect_at_once(elsewhere.origin, code))
    remote, _ = connect(server.url(), username="bot", password=Secret(PASSWORD))
    with pytest.raises(RedirectedError) as caught:
        remote.refs(["refs/heads/main"])
    assert elsewhere.origin in caught.value.message
    assert not elsewhere.requests
    assert not elsewhere.saw(PASSWORD)


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (bad.status(401), Refused, "the server refuses the credential"),
        (bad.status(403), Refused, "403"),
        (bad.status(404), Refused, "not found"),
        (bad.status(500), Unavailable, "500"),
        (bad.status(503, {"Retry-After": "7"}), Unavailable, "503"),
        (bad.garbage(), Unavailable, "."),
        (bad.close_at_once(), Unavailable, "Empty reply|connection"),
    ],
    ids=["401", "403", "404", "500", "503", "garbage", "closed"],
)
def test_each_bad_answer_is_one_error_of_the_right_kind(bad_http, connect, answer, kind, words):
    server = bad_http(answer)
    remote, _ = connect(server.url(), username="bot", password=Secret(PASSWORD))
    with pytest.raises(kind, match=words) as caught:
        remote.refs(["refs/heads/main"])
    assert server.url() in caught.value.message
    assert "\n" not in caught.value.message
    assert PASSWORD not in caught.value.message


@pytest.mark.parametrize("answer", [bad.hang(), bad.hang_after_headers(), bad.drip()], ids=["hang", "headers", "drip"])
def test_a_server_that_hangs_costs_the_deadline_and_no_more(bad_http, connect, answer):
    remote, _ = connect(bad_http(answer).url(), timeout_s=1.5)
    with pytest.raises(Unavailable, match=r"did not finish within 1\.5 s|too slow"):
        remote.refs(["refs/heads/main"])


def test_a_protocol_that_is_not_allowed_is_refused(make_repo, connect):
    remote, _ = connect(make_repo().url, allow_protocols=("https", "ssh"))
    with pytest.raises(Refused, match="not allowed") as caught:
        remote.refs(["refs/heads/main"])
    assert "git.allowProtocols" in caught.value.hint


def test_a_ref_that_is_gone_is_told_apart(make_repo, connect):
    remote, _ = connect(make_repo({"a": "b"}).url)
    with pytest.raises(NoSuchRefError):
        remote.fetch(["+refs/heads/gone:refs/seen/heads/gone"], "--depth=1")


@pytest.mark.parametrize("name", ["--upload-pack=touch pwned", "-x", "--output=pwned"])
def test_what_looks_like_an_option_is_none(make_repo, connect, tmp_path, name):
    remote, _ = connect(make_repo({"a": "b"}).url)
    assert remote.refs([name]) == {}
    with pytest.raises((Refused, Unavailable)):
        remote.fetch([name])
    assert not list(tmp_path.rglob("pwned"))
