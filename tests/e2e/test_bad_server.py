"""The server redirects, hangs, drops the connection, lies or floods: one error within the deadline, and others go on."""

import time

import pytest

from tests.e2e.world import marked, moves, record_moves
from tests.servers import misbehaviour as bad
from tests.servers.bad_http import backend

USER = "gitbot"
CANARY = "canary-Pa55 w/rd%&'\"-7d20"
DEADLINE_S = 2


@pytest.fixture
def facing(worlds, tmp_path, bad_http, make_repo):
    """`facing(answer)`: a world whose first repository is served by such an answer, and whose second is well."""

    def make(answer, **options):
        from tests.servers.git_repo import GitRepo

        root = tmp_path / "root"
        files = {"apps/a.yaml": marked("1.0.0")}
        repo = GitRepo.create(root / "repo.git", files) if not root.exists() else GitRepo(root / "repo.git")
        well = make_repo(files, name="well")
        server = bad_http(answer(root), **options)
        world = worlds(server.url("repo.git"), repo, well)
        world.repository["timeout"] = f"{DEADLINE_S}s"
        world.repository["auth"] = {"username": USER, "password": world.secret("password", CANARY)}
        world.spec["repositories"].append({"name": "well", "url": well.url})
        world.automation("well")["sourceRef"] = {"name": "well"}
        return world, server

    return make


def one_error(world):
    """Run; assert one clear error, nothing pushed, and that the other automation pushed. Returns the error."""
    repo, well = world.repos
    refs = repo.refs()
    began = time.monotonic()
    ran = world.run()
    assert time.monotonic() - began < 60  # a bound, not a measurement: no answer ever comes
    assert ran.code == 1
    assert "Traceback" not in ran.err
    assert (ran.outcomes["fleet"]["outcome"], ran.outcomes["well"]["outcome"]) == ("failed", "pushed")
    assert (repo.refs(), well.count()) == (refs, 2)
    assert world.left() == []
    return ran.outcomes["fleet"]["error"]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        pytest.param(lambda root: bad.hang(), "did not finish within 2 s", id="hangs"),
        pytest.param(lambda root: bad.hang_after_headers(), "did not finish within 2 s", id="hangs after the headers"),
        pytest.param(lambda root: bad.drip(), "did not finish within 2 s", id="drips"),
        pytest.param(lambda root: bad.close_at_once(), "cannot list the refs", id="closes at once"),
        pytest.param(lambda root: bad.garbage(), "cannot list the refs", id="garbage"),
        pytest.param(lambda root: bad.wrong_content_type(), "refs/heads/main", id="a web page"),
        pytest.param(lambda root: bad.status(500), "500", id="500"),
        pytest.param(lambda root: bad.status(503, {"Retry-After": "30"}), "503", id="503"),
        pytest.param(lambda root: bad.status(403), "403", id="403"),
        pytest.param(lambda root: bad.endless_refs(), "cannot list the refs", id="endless refs"),
        pytest.param(lambda root: bad.slow(root, 30), "did not finish within 2 s", id="slow"),
        pytest.param(lambda root: bad.on_post(bad.hang(), backend(root)), "did not finish", id="hangs at the question"),
        pytest.param(lambda root: bad.cut_pack(root, 30), "cannot", id="drops the connection in an answer"),
    ],
)
def test_a_server_that_cannot_be_read(facing, answer, words):
    world, _ = facing(answer)
    assert words in one_error(world)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(lambda root: bad.on_push(bad.status(500), backend(root)), id="500"),
        pytest.param(lambda root: bad.on_push(bad.hang(), backend(root)), id="hangs"),
        pytest.param(lambda root: bad.on_push(bad.close_at_once(), backend(root)), id="closes"),
        pytest.param(lambda root: bad.on_push(bad.garbage(), backend(root)), id="garbage"),
        pytest.param(lambda root: bad.on_push(bad.status(403), backend(root)), id="403"),
        pytest.param(
            lambda root: bad.on_push(bad.on_post(bad.hang(), backend(root)), backend(root)), id="hangs with the pack"
        ),
        pytest.param(
            lambda root: bad.on_push(bad.on_post(bad.status(413), backend(root)), backend(root)), id="413 for the pack"
        ),
    ],
)
def test_a_server_that_cannot_be_pushed_to(facing, answer):
    world, _ = facing(answer)
    one_error(world)
    assert world.record().last_push_commit == ""


@pytest.mark.parametrize("code", [302, 308])
@pytest.mark.parametrize("asking", [True, False], ids=["after the credential", "at once"])
def test_a_redirect_is_not_followed_and_no_secret_arrives(facing, bad_http, code, asking):
    other = bad_http(bad.status(200))
    answer = bad.redirect if asking else bad.redirect_at_once
    world, server = facing(lambda root: answer(other.origin, code))
    assert other.origin in one_error(world)
    assert server.saw(CANARY)
    assert other.requests == []


def test_a_redirect_of_the_push_alone_is_not_followed(facing, bad_http):
    other = bad_http(bad.status(200))
    world, _ = facing(lambda root: bad.on_push(bad.redirect_at_once(other.origin), backend(root)))
    assert "redirect" in one_error(world)
    assert other.requests == []


def test_a_push_whose_answer_is_lost_is_recorded_and_not_repeated(facing):
    world, _ = facing(bad.lose_answer_to_push)
    repo = world.repos[0]
    record_moves(repo)
    ran = world.run()
    assert ran.outcomes["fleet"]["outcome"] == "pushed", ran.err
    assert (repo.count(), moves(repo)) == (2, 1)
    assert world.record().last_push_commit == repo.head()
    assert world.run().outcomes["fleet"]["outcome"] == "skipped"
    assert (repo.count(), world.history()) == (2, ["pushed"])


def test_a_push_whose_answer_and_every_later_answer_is_lost_is_recorded_by_the_next_run(facing):
    """The commit has landed, and the server is gone before anybody could look."""
    pushed = []

    def answer(root):
        good, lost = backend(root), bad.lose_answer_to_push(root)

        def choose(exchange):
            if pushed:
                return
            if exchange.request.path.endswith("/git-receive-pack"):
                lost(exchange)
                pushed.append(exchange)
            else:
                good(exchange)

        return choose

    world, _ = facing(answer)
    repo = world.repos[0]
    record_moves(repo)
    ran = world.run()
    assert (ran.code, ran.outcomes["fleet"]["outcome"]) == (1, "failed")
    assert repo.count() == 2
    pushed.clear()
    world.spec["automations"][0]["interval"] = "1h"
    pushed_again = world.run().outcomes["fleet"]
    assert pushed_again["outcome"] in {"skipped", "up-to-date"}
    assert (repo.count(), moves(repo)) == (2, 1)
    record = world.record()
    assert (record.last_push_commit, record.intent) == (repo.head(), None)
    assert sorted(world.history()) == ["failed", "pushed"]


def test_a_server_that_recovers_is_used_again(facing):
    world, _ = facing(lambda root: bad.at_first(1, bad.status(503), backend(root)))
    one_error(world)
    assert world.run().outcomes["fleet"]["outcome"] == "pushed"


NAMES = (
    "refs/heads/../../config", "refs/heads/-x", "refs/heads/a..b", "refs/heads/@{1}", "refs/heads/$(touch x)", "refs/heads/a b",
    "refs/heads/x.lock", "refs/heads/../../hooks/post-checkout", "refs/heads/\x1b[2J", b"refs/heads/\xff",
)  # fmt: skip


def test_hostile_names_of_refs_reach_nothing(facing):
    world, _ = facing(lambda root: bad.odd_refs("HEAD", "refs/heads/main", *NAMES))
    message = one_error(world)
    assert "\x1b" not in message
    for cache in world.folder.glob("cache/*/repository.git"):
        assert "repositoryformatversion" in (cache / "config").read_text()
        assert not (cache / "hooks").exists()
    known = {"gitbot.yaml", "state.db", "state.db-shm", "state.db-wal", "state.db.locks", "secrets", "tmp", "cache"}
    assert {path.name for path in world.folder.iterdir()} <= known


def head_points_to(name):
    """In protocol 2, whose names of branches git takes as they come."""
    hello = b"001e# service=git-upload-pack\n0000000eversion 2\n000cls-refs\n0000"
    line = b"1" * 40 + b" HEAD symref-target:" + name.encode() + b"\n"

    def answer(exchange):
        kind = "advertisement" if exchange.request.method == "GET" else "result"
        body = hello if exchange.request.method == "GET" else b"%04x" % (len(line) + 4) + line + b"0000"
        exchange.reply(200, {"Content-Type": f"application/x-git-upload-pack-{kind}"}, body)

    return answer


@pytest.mark.parametrize(
    "name",
    ["refs/heads/../../config", "refs/heads/*", "refs/heads/x:refs/heads/y", "../config", "-x", "refs/heads/\x1b[2J"],
)
def test_a_hostile_default_branch_is_refused(facing, name):
    world, server = facing(lambda root: head_points_to(name))
    del world.repository["ref"]
    assert "impossible default branch" in one_error(world)
    assert not any(b"fetch" in request.body for request in server.requests)
