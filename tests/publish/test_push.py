"""How a server's answer to a push is read: landed, moved, or refused for good in the server's own words."""

import sys

import pytest

from gitbot.errors import Refused, Unavailable
from gitbot.git.access import Access
from gitbot.publish.push import Moved, Published, RewindRefusedError, Target, landed, push
from gitbot.source.session import session
from tests.e2e.world import marked

MAIN, COPY = "refs/heads/main", "refs/heads/copy"

# Speaks the server's side of proc-receive: reports these words for every ref, whatever was pushed.
SCRIPT = """\
import os, sys
def read():
    size = int(sys.stdin.buffer.read(4), 16)
    return sys.stdin.buffer.read(size - 4) if size else None
def write(text):
    sys.stdout.buffer.write(b"%04x" % (len(text) + 4) + text)
while read() is not None: pass
write(b"version=1\\0atomic push-options\\n")
sys.stdout.buffer.write(b"0000")
sys.stdout.buffer.flush()
refs = []
while (line := read()) is not None:
    refs.append(line.split()[2])
for ref in refs:
    write(b"ng " + ref + b" " + sys.argv[1].encode())
sys.stdout.buffer.write(b"0000")
sys.stdout.buffer.flush()
"""


@pytest.fixture
def pushing(make_repo, tmp_path):
    """A repository, a session on it, and a commit on its head that nobody has yet."""
    repo = make_repo({"a.yaml": marked("1.0.0")})
    with session(tmp_path / "cache", Access(url=repo.url, allow_protocols=("file",))) as one:
        head = one.bring(MAIN, repo.head())
        from gitbot.git.repository import Identity

        bot = Identity(name="gitbot", email="gitbot@example.com", when=1)
        commit = one.bare.commit(head, {"a.yaml": b"new\n"}, {"a.yaml": "100644"}, "message\n", bot, bot)
        yield repo, one, commit


def answer_with(repo, words):
    """Let the server answer these words for every ref."""
    script = repo.path / "answer.py"
    script.write_text(SCRIPT)
    repo.configure("receive.procReceiveRefs", "refs")
    repo.hook("proc-receive", f"exec {sys.executable} {script} '{words}'")


def test_a_push_of_what_is_there_already_is_published(pushing):
    repo, one, _ = pushing
    assert push(one.remote, repo.head(), [Target(MAIN, repo.head())], {}) == Published(repo.head())


def test_a_leased_push_lands(pushing):
    repo, one, commit = pushing
    assert push(one.remote, commit, [Target(MAIN, repo.head()), Target(COPY, "")], {}) == Published(commit)
    assert repo.refs() == {MAIN: commit, COPY: commit}


def test_a_branch_that_moved_is_moved_and_left_alone(pushing):
    repo, one, commit = pushing
    before = repo.head()
    theirs = repo.commit({"b": "c"})
    answer = push(one.remote, commit, [Target(MAIN, before), Target(COPY, "")], {})
    assert isinstance(answer, Moved)
    assert "refs/heads/main: [rejected] (stale info)" in answer.said
    assert not answer.behind
    assert repo.refs() == {MAIN: theirs}


def test_a_branch_that_appeared_is_moved(pushing):
    repo, one, commit = pushing
    repo.git("update-ref", COPY, "main")
    assert isinstance(push(one.remote, commit, [Target(COPY, "")], {}), Moved)


def test_without_a_lease_only_a_fast_forward_lands(pushing):
    repo, one, commit = pushing
    theirs = repo.commit({"b": "c"})
    answer = push(one.remote, commit, [Target(MAIN, theirs, lease=False)], {})
    assert isinstance(answer, Moved)
    assert answer.behind
    assert repo.head() == theirs


@pytest.mark.parametrize(
    "words",
    [
        pytest.param('cannot lock ref "refs/heads/main": is at 1 but expected 2', id="git"),
        pytest.param("failed to update ref", id="an older git"),
        pytest.param("incorrect old value provided", id="GitLab"),
        pytest.param("atomic transaction failed", id="atomic"),
    ],
)  # fmt: skip
def test_a_lost_race_on_the_server_is_moved(pushing, words):
    repo, one, commit = pushing
    answer_with(repo, words)
    answer = push(one.remote, commit, [Target(MAIN, repo.head())], {})
    assert isinstance(answer, Moved)
    assert words in answer.said


@pytest.mark.parametrize(
    "words",
    [
        pytest.param("protected branch hook declined", id="GitHub"),
        pytest.param("pre-receive hook declined", id="hook"),
        pytest.param("push declined due to repository rule violations", id="GitHub rules"),
        pytest.param("TF401027: You need the Git GenericContribute permission", id="Azure"),
        pytest.param("prohibited by Gerrit: not permitted: update", id="Gerrit"),
        pytest.param("shallow update not allowed", id="shallow"),
        pytest.param("branch is currently checked out", id="checked out"),
        pytest.param("hook declined to update refs/heads/main", id="update hook"),
    ],
)
def test_a_decision_of_the_servers_is_refused_in_its_words(pushing, words):
    repo, one, commit = pushing
    answer_with(repo, words)
    with pytest.raises(Refused) as caught:
        push(one.remote, commit, [Target(MAIN, repo.head())], {})
    assert words in caught.value.message
    assert not isinstance(caught.value, RewindRefusedError)
    assert repo.count() == 1


def test_of_two_answers_the_refusal_counts(pushing):
    repo, one, commit = pushing
    repo.protect("copy")
    before = repo.head()
    with pytest.raises(Refused, match="GH006"):
        push(one.remote, commit, [Target(MAIN, before), Target(COPY, "")], {})
    assert repo.refs() == {MAIN: before}


def test_a_refused_rewind_is_told_apart(pushing):
    repo, one, commit = pushing
    repo.configure("receive.denyNonFastForwards")
    theirs = repo.commit({"b": "c"})
    with pytest.raises(RewindRefusedError):
        push(one.remote, commit, [Target(MAIN, theirs)], {})
    assert repo.head() == theirs


def test_words_of_the_server_are_made_harmless(pushing):
    repo, one, commit = pushing
    repo.refuse("no\x1b[2J entry\r::error::forged\u202e")
    with pytest.raises(Refused) as caught:
        push(one.remote, commit, [Target(MAIN, repo.head())], {})
    assert "no" in caught.value.message
    assert not set("\x1b\r\n\u202e") & set(caught.value.message)


def test_a_server_that_is_gone_is_unavailable(pushing):
    repo, one, commit = pushing
    head = repo.head()
    repo.path.rename(repo.path.with_suffix(".away"))
    with pytest.raises((Unavailable, Refused)):
        push(one.remote, commit, [Target(MAIN, head)], {})


@pytest.mark.parametrize(
    ("heads", "expected"),
    [
        pytest.param({}, False, id="nothing known"),
        pytest.param({MAIN: "a", COPY: "a"}, False, id="neither"),
        pytest.param({MAIN: "c", COPY: "a"}, False, id="one of two"),
        pytest.param({MAIN: "c", COPY: "c"}, True, id="both"),
    ],
)
def test_a_push_has_landed_when_every_branch_stands_at_it(heads, expected):
    assert landed(heads, "c", [Target(MAIN, "a"), Target(COPY, ""), Target("refs/for/main", "")]) is expected
