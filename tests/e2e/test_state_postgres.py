"""The main scenarios with the state in PostgreSQL, shared by users on several machines (own caches and files)."""

import signal
import subprocess
import sys

import pytest

from tests.automation.test_run import tag_of
from tests.e2e.test_crash import one_push, wait_for
from tests.e2e.world import WAIT_S, marked, moves, only_fast_forwards, record_moves

pytest.importorskip("psycopg")
pytestmark = pytest.mark.server


@pytest.fixture
def url(postgres):
    """The URL of an empty database."""
    return postgres.new_database()


def test_a_run_is_recorded_and_the_next_skips(world, url):
    world.spec["state"] = url
    assert world.run().one["outcome"] == "pushed"
    assert world.run().one["outcome"] == "skipped"
    record_moves(world.repos[0])
    world.elect("3.0.0")
    assert world.run().one["outcome"] == "pushed"
    record = world.record()
    assert record.last_push_commit == world.repos[0].head()
    assert world.history() == ["pushed", "pushed"]
    assert not (world.folder / "state.db").exists()


@pytest.mark.parametrize(
    ("when", "step"), [("after", "lease"), ("after", "intent"), ("after", "push"), ("after", "record")]
)
def test_death_at_a_step_of_the_run(world, url, when, step):
    world.spec["state"] = url
    record_moves(world.repos[0])
    argv = [sys.executable, "-m", "tests.e2e.dying", str(world.config), when, step]
    done = subprocess.run(argv, env=world.environ(), timeout=WAIT_S, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert world.run().one["outcome"] in {"pushed", "skipped", "up-to-date"}
    one_push(world)


def test_a_run_on_another_machine_is_already_running(worlds, make_repo, url, tmp_path):
    repo = make_repo({"apps/a.yaml": marked("1.0.0")})
    record_moves(repo)
    repo.hook("pre-receive", f'touch "{tmp_path}/pushing"; while ! test -e "{tmp_path}/go"; do sleep 0.02; done')
    first, second = worlds(repo.url, repo), worlds(repo.url, repo)
    first.spec["state"] = second.spec["state"] = url
    process = first.start("run", "-c", str(first.config), "--output", "json")
    wait_for(tmp_path / "pushing")
    ran = second.run()
    assert (ran.code, ran.one["outcome"]) == (0, "already-running")
    (tmp_path / "go").touch()
    assert first.finish(process).one["outcome"] == "pushed"
    assert second.run().one["outcome"] == "skipped"
    assert (repo.count(), moves(repo)) == (2, 1)


def test_four_machines_push_to_one_branch(worlds, git_http, url):
    teams = [f"team{number}" for number in range(4)]
    repo = git_http.repo("machines", {f"{team}/a.yaml": marked("1.0.0", f"default:{team}") for team in teams})
    record_moves(repo)
    running = []
    for team in teams:
        world = worlds(git_http.url(repo), repo)
        world.spec["state"] = url
        world.spec["automations"].clear()
        world.policy(team, "2.0.0")
        world.automation(team, update={"path": team})
        running.append((world, world.start("run", "-c", str(world.config), "--output", "json")))
    assert [world.finish(process).one["outcome"] for world, process in running] == ["pushed"] * 4
    assert [tag_of(repo, f"{team}/a.yaml") for team in teams] == ["2.0.0"] * 4
    assert (repo.count(), moves(repo), only_fast_forwards(repo)) == (5, 4, True)


def test_a_database_that_is_gone_is_one_error(world):
    world.spec["state"] = "postgresql://nobody@127.0.0.1:1/gitbot"
    head = world.repos[0].head()
    ran = world.run()
    assert ran.code == 1
    assert "Traceback" not in ran.err
    assert "127.0.0.1" in ran.err
    assert world.repos[0].head() == head
