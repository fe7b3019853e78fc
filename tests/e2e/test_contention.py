"""Many runs at once on one branch: every change lands, no push is forced, nothing is lost."""

import shutil

import pytest

from tests.automation.test_run import tag_of
from tests.e2e.test_crash import wait_for
from tests.e2e.world import marked, moves, only_fast_forwards, record_moves

RUNS = 20
PERSON_PUSHES = """\
unset GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES
export GIT_AUTHOR_NAME=Ada GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=Ada GIT_COMMITTER_EMAIL=a@b
git update-ref refs/heads/main "$(git commit-tree "main^{tree}" -p main -m 'A person')"
"""
LETTERS = [f"team{number:02}" for number in range(RUNS)]


def crowd(worlds, git_http, count):
    """A repository with one marked file for each team, and one world with an automation for each."""
    files = {f"{name}/app.yaml": marked("1.0.0", f"default:{name}") for name in LETTERS[:count]}
    repo = git_http.repo("crowd", files)
    record_moves(repo)
    # A slow hook keeps the pushes apart from what they were planned on, so that they do race.
    repo.hook("pre-receive", "sleep 0.05")
    world = worlds(git_http.url(repo), repo)
    world.repository["timeout"] = "60s"
    world.spec["automations"].clear()
    for name in LETTERS[:count]:
        world.policy(name, "2.0.0")
        world.automation(name, update={"path": name})
    return repo, world


def all_landed(repo, count):
    """Assert that every team's change is on main, each in a commit of its own, by fast-forwards alone."""
    assert [tag_of(repo, f"{name}/app.yaml") for name in LETTERS[:count]] == ["2.0.0"] * count
    assert (repo.count(), moves(repo)) == (count + 1, count)
    assert only_fast_forwards(repo)
    repo.check()


@pytest.mark.server
@pytest.mark.parametrize(
    ("count", "shared_cache"), [pytest.param(RUNS, False, id="own caches"), pytest.param(6, True, id="one cache")]
)
def test_many_runs_of_different_automations_all_land(worlds, git_http, count, shared_cache):
    repo, world = crowd(worlds, git_http, count)
    config = world.config
    running = []
    for name in LETTERS[:count]:
        if not shared_cache:
            world.spec["cacheDir"] = f"cache/{name}"
            config = world.config.rename(world.folder / f"{name}.yaml")
        running.append(world.start("run", "-c", str(config), "--output", "json", name))
    finished = [world.finish(process) for process in running]
    assert [(ran.code, ran.one["outcome"]) for ran in finished] == [(0, "pushed")] * count, [
        ran.err for ran in finished
    ]
    all_landed(repo, count)
    assert [world.history(name) for name in LETTERS[:count]] == [["pushed"]] * count


@pytest.mark.server
def test_runs_race_with_people_on_one_branch(worlds, git_http):
    repo, world = crowd(worlds, git_http, 4)
    # The first pushes find that a person has pushed since they were planned.
    few = 'n=$(ls "$GIT_DIR" | grep -c "^raced"); test $n -ge 3 && exit 0; touch "$GIT_DIR/raced$n"\n'
    repo.hook("pre-receive", few + PERSON_PUSHES)
    ran = world.run()
    assert ran.code == 0, ran.err
    assert [tag_of(repo, f"{name}/app.yaml") for name in LETTERS[:4]] == ["2.0.0"] * 4
    assert (repo.count(), moves(repo)) == (1 + 4 + 3, 7)
    assert only_fast_forwards(repo)


def test_two_runs_of_one_automation_one_works_and_the_other_says_so(world, tmp_path):
    (repo,) = world.repos
    record_moves(repo)
    repo.hook("pre-receive", f'touch "{tmp_path}/pushing"; while ! test -e "{tmp_path}/go"; do sleep 0.02; done')
    first = world.start("run", "-c", str(world.config), "--output", "json")
    wait_for(tmp_path / "pushing")
    second = {**world.spec, "cacheDir": "cache2"}
    world.spec, before = second, world.spec
    ran = world.run()
    assert (ran.code, ran.one["outcome"]) == (0, "already-running")
    assert world.plan().code == 0  # looking is allowed
    world.spec = before
    (tmp_path / "go").touch()
    assert world.finish(first).one["outcome"] == "pushed"
    assert (repo.count(), moves(repo)) == (2, 1)
    assert world.history() == ["pushed"]


def test_two_runs_of_one_automation_with_one_cache_push_once(world):
    (repo,) = world.repos
    record_moves(repo)
    running = [world.start("run", "-c", str(world.config), "--output", "json") for _ in range(4)]
    outcomes = [world.finish(process) for process in running]
    assert [ran.code for ran in outcomes] == [0] * 4
    assert {ran.one["outcome"] for ran in outcomes} <= {"pushed", "skipped", "already-running"}
    assert (repo.count(), moves(repo)) == (2, 1)


def test_two_users_without_a_common_state_push_once(worlds, make_repo):
    repo = make_repo({"apps/a.yaml": marked("1.0.0")})
    record_moves(repo)
    users = [worlds(repo.url, repo) for _ in range(3)]
    running = [user.start("run", "-c", str(user.config), "--output", "json") for user in users]
    outcomes = [user.finish(process).one["outcome"] for user, process in zip(users, running, strict=True)]
    # Two that plan in the same second make the very same commit, and both find it on the branch.
    assert {"pushed"} <= set(outcomes) <= {"pushed", "up-to-date"}
    assert (repo.count(), moves(repo)) == (2, 1)


def test_a_lost_state_pushes_nothing_twice(world):
    (repo,) = world.repos
    world.push["branch"] = "updates"
    world.once()
    head = repo.head("updates")
    (world.folder / "state.db").unlink()
    shutil.rmtree(world.folder / "cache")
    assert world.once().outcome == "up-to-date"
    assert repo.head("updates") == head


def test_a_branch_that_never_stands_still_is_given_up_after_the_attempts(world):
    (repo,) = world.repos
    world.spec["git"]["pushAttempts"] = 2
    repo.hook("pre-receive", PERSON_PUSHES)
    outcome = world.once()
    assert outcome.outcome == "failed"
    assert "the branch moved under the push 2 times" in outcome.error.message
    assert repo.count() == 3
    assert {commit.message for commit in repo.log()} == {"A person", "Add the files"}
