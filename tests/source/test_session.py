"""A repository held open: what is asked of the server and how often, what is fetched, a cache that is broken or locked."""

import threading

import pytest

from gitbot.errors import Refused, Unavailable
from gitbot.git.access import Access
from gitbot.git.failures import BrokenCacheError, NoSuchRefError
from gitbot.source.cache import CacheFolder
from gitbot.source.session import session

MAIN = "refs/heads/main"


@pytest.fixture
def opened(tmp_path):
    """Open a session on a repository."""

    def at(url, **options):
        return session(tmp_path / "cache", Access(url=url, allow_protocols=("file", "http")), **options)

    return at


@pytest.mark.server
def test_each_ref_is_asked_for_once(git_http, opened):
    repo = git_http.repo("asked", {"a.yaml": "a: 1\n"})
    with opened(git_http.url(repo)) as one:
        assert one.observe([MAIN, "refs/heads/x"]) == {MAIN: repo.head(), "refs/heads/x": ""}
        asked = len(git_http.requests(repo))
        assert one.observe([MAIN]) == {MAIN: repo.head()}
        assert len(git_http.requests(repo)) == asked
        one.forget()
        one.observe([MAIN])
        assert len(git_http.requests(repo)) > asked


def test_the_default_branch_is_the_remotes_head(make_repo, opened):
    with opened(make_repo({"a": "b"}, branch="trunk").url) as one:
        assert one.default_branch() == "refs/heads/trunk"


def test_an_empty_repository_says_so(make_repo, opened):
    with opened(make_repo().url) as one, pytest.raises(NoSuchRefError, match="no default branch"):
        one.default_branch()


def test_a_commit_that_is_here_is_not_fetched_again(make_repo, opened):
    repo = make_repo({"a": "b"})
    with opened(repo.url) as one:
        head = one.bring(MAIN, repo.head())
        repo.path.rename(repo.path.with_suffix(".away"))
        assert one.bring(MAIN, head) == head


def test_a_known_branch_is_fetched_plainly_and_its_history_continues(make_repo, opened):
    repo = make_repo({"a": "1"})
    with opened(repo.url) as one:
        first = one.bring(MAIN, repo.head())
        repo.commit({"a": "2"})
        repo.commit({"a": "3"})
        last = one.bring(MAIN, repo.head())
        assert len(one.bare.commits(last)) == 3
        assert one.bare.contains(last, first)


def test_a_branch_that_was_rewritten_is_followed(make_repo, opened):
    repo = make_repo({"a": "1"})
    with opened(repo.url) as one:
        one.bring(MAIN, repo.head())
        repo.git("update-ref", MAIN, repo.git("commit-tree", "-m", "anew", f"{MAIN}^{{tree}}").strip())
        one.forget()
        assert one.bring(MAIN, one.observe([MAIN])[MAIN]) == repo.head()


def test_own_commits_are_those_beyond_the_base(make_repo, opened):
    repo = make_repo({"a": "1"})
    repo.commit({"a": "2"})
    repo.git("branch", "auto")
    with opened(repo.url) as one:
        one.bring(MAIN, repo.head())
        assert one.own_commits("refs/heads/auto", repo.head("auto"), MAIN) == []
        repo.commit({"b": "1"}, branch="auto", author="bot <bot@example.com>")
        repo.commit({"b": "2"}, branch="auto", author="Ann <ann@example.com>")
        repo.commit({"c": "2"})
        one.bring("refs/heads/auto", repo.head("auto"))
        own = one.own_commits("refs/heads/auto", repo.head("auto"), MAIN)
        assert [email for _, _, email in own] == ["ann@example.com", "bot@example.com"]


def test_a_fresh_cache_forgets_everything(make_repo, opened):
    repo = make_repo({"a": "1"})
    with opened(repo.url) as one:
        one.bring(MAIN, repo.head())
        one.folder.remember("scope", {"a": 1})
    with opened(repo.url, fresh=True) as one:
        assert not one.bare.has(repo.head())
        assert one.folder.recall("scope") is None


def test_damaged_objects_are_a_broken_cache(make_repo, opened):
    repo = make_repo({"a.yaml": "x" * 100})
    with opened(repo.url) as one:
        head = one.bring(MAIN, repo.head())
        for pack in one.bare.folder.rglob("*.pack"):
            pack.chmod(0o600)
            pack.write_bytes(b"garbage")
        for loose in (one.bare.folder / "objects").glob("??/*"):
            loose.chmod(0o600)
            loose.write_bytes(b"garbage")
        with pytest.raises(BrokenCacheError):
            list(one.bare.blobs([f"{head}:a.yaml".encode()]))


def test_leftover_locks_of_a_killed_git_are_cleared(make_repo, opened):
    repo = make_repo({"a": "1"})
    with opened(repo.url) as one:
        one.bring(MAIN, repo.head())
        repo.commit({"a": "2"})
        for name in ("shallow.lock", "packed-refs.lock", "refs/seen/heads/main.lock"):
            (one.bare.folder / name).write_text("")
    with opened(repo.url) as one:
        assert one.bring(MAIN, repo.head()) == repo.head()


def test_damaged_memory_is_no_memory(tmp_path):
    folder = CacheFolder(tmp_path, Access(url="https://git.example.com/x"))
    folder.folder.mkdir()
    folder.remember("scope", [1])
    next(folder.folder.glob("memory-*.json")).write_text("{")
    assert folder.recall("scope") is None


def test_two_runs_do_not_share_a_cache_at_once(tmp_path):
    folder = CacheFolder(tmp_path, Access(url="https://git.example.com/x"))
    with folder.locked(1), pytest.raises(Unavailable, match="busy"):
        CacheFolder(tmp_path, Access(url="https://git.example.com/x")).locked(0.1).__enter__()


def test_threads_wait_for_each_other(tmp_path):
    inside = []

    def enter():
        with CacheFolder(tmp_path, Access(url="https://git.example.com/x")).locked(30):
            inside.append("in")
            assert inside[-1] == "in"
            inside.append("out")

    threads = [threading.Thread(target=enter) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert inside == ["in", "out"] * 8


def test_other_credentials_have_another_cache(tmp_path):
    plain = CacheFolder(tmp_path, Access(url="https://git.example.com/x"))
    named = CacheFolder(tmp_path, Access(url="https://git.example.com/x", username="bot"))
    assert plain.folder != named.folder


def test_a_branch_that_becomes_a_folder_of_branches_and_back_costs_a_fresh_cache(make_repo, opened):
    repo = make_repo({"a.yaml": "a: 1\n"}, branch="bot/x")
    with opened(repo.url) as one:
        one.bring("refs/heads/bot/x", repo.head("bot/x"))
    repo.git("branch", "-m", "bot/x", "bot")
    repo.commit({"a.yaml": "a: 2\n"}, branch="bot")
    with opened(repo.url) as one, pytest.raises(BrokenCacheError):
        one.bring("refs/heads/bot", repo.head("bot"))
    with opened(repo.url, fresh=True) as one:
        assert one.bring("refs/heads/bot", repo.head("bot")) == repo.head("bot")


@pytest.mark.parametrize("kind", ["blob", "tree"])
def test_a_tag_that_stands_for_no_commit_is_refused_and_no_broken_cache(make_repo, opened, kind):
    repo = make_repo({"a.yaml": "a: 1\n"})
    target = repo.blob("x") if kind == "blob" else repo.git("rev-parse", "main^{tree}")
    repo.git("update-ref", "refs/tags/9.9.9", target)
    with opened(repo.url) as one, pytest.raises(Refused, match=r"9\.9\.9 stands for no commit"):
        one.bring("refs/tags/9.9.9", target)
