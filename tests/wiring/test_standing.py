"""The shortest run: when it may say that nothing has moved, and every doubt that makes it load the whole configuration."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gitbot.wiring import standing
from tests.e2e.world import marked

LATER = datetime(2030, 1, 1, tzinfo=UTC)


def short(world, config=None):
    """What the shortest run says now: the outcomes by name, or None."""
    outcomes = standing.nothing_moved(config or world.folder / "gitbot.yaml", lambda: LATER)
    return None if outcomes is None else {one.name: one.outcome for one in outcomes}


def place():
    """The only standing file."""
    [found] = (Path.home() / ".cache" / "gitbot" / "standing").glob("*.json")
    return found


@pytest.fixture
def settled(world):
    """A user whose last run had nothing more to do."""
    assert world.run().one["outcome"] == "pushed"
    assert short(world) == {"fleet": "skipped"}
    return world


def test_before_the_first_run_it_says_nothing(world):
    assert short(world, world.config) is None


def test_a_second_run_is_skipped_and_recorded_as_ever(settled):
    assert settled.run().one["outcome"] == "skipped"
    assert settled.record().last_automation_run_time is not None
    short(settled)
    assert settled.record().last_automation_run_time == LATER
    assert settled.history() == ["pushed"]


def test_what_the_last_full_run_had_to_say_is_said_again(worlds, make_repo):
    repo = make_repo({"a.yaml": marked("1.0.0"), "b.yaml": marked("1.0.0", "default:nobody")})
    world = worlds(repo.url, repo)
    world.run()
    again = world.run().one
    assert again["outcome"] == "skipped"
    assert [problem["code"] for problem in again["result"]["problems"]] == ["unknown-policy"]


def test_it_fetches_nothing_and_asks_each_server_once(worlds, git_http):
    repo = git_http.repo("standing", {"a.yaml": marked("1.0.0")})
    world = worlds(git_http.url(repo), repo)
    world.run()
    asked = len(git_http.requests(repo))
    assert short(world) == {"fleet": "skipped"}
    assert [line.split()[0] for line in git_http.requests(repo)[asked:]] == ["GET", "POST"]


def test_an_own_configuration_folder_and_secrets_are_found_again(worlds, git_http):
    from tests.servers import git_http as http

    repo = git_http.repo("standing-login", {"a.yaml": marked("1.0.0")})
    world = worlds(git_http.url(repo, "basic"), repo)
    world.repository["auth"] = {"username": http.USER, "password": world.secret("password", http.PASSWORD)}
    world.run()
    assert short(world) == {"fleet": "skipped"}
    assert http.PASSWORD not in place().read_text()
    (world.folder / "secrets" / "password").write_text("another")
    assert short(world) is None


def change_remote(world):
    world.repos[0].commit({"apps/b.yaml": "a: b\n"})


def change_configuration(world):
    world.elect("3.0.0")
    assert world.config


def change_state(world):
    with world.store() as store:
        store.clear("default", "fleet")


def change_rights(_):
    place().chmod(0o622)


def change_owner_of_truth(_):
    there = place()
    copy = there.with_suffix(".copy")
    copy.write_bytes(there.read_bytes())
    there.unlink()
    there.symlink_to(copy)


def change_to_garbage(_):
    place().write_text("{")


def change_shape(_):
    document = json.loads(place().read_text())
    del document["groups"][0]["access"]["fields"]["url"]
    place().write_text(json.dumps(document))


def change_version(_):
    document = json.loads(place().read_text())
    document["places"][0] = "0.0.0"
    place().write_text(json.dumps(document))


def change_server(world):
    world.repos[0].path.rename(world.repos[0].path.with_suffix(".away"))


def change_database(world):
    (world.folder / "state.db").write_bytes(b"no database at all" * 100)


@pytest.mark.parametrize(
    "change",
    [change_remote, change_configuration, change_state, change_rights, change_owner_of_truth, change_to_garbage,
     change_shape, change_version, change_server, change_database],
)  # fmt: skip
def test_every_doubt_is_left_to_the_whole_run(settled, change):
    change(settled)
    assert short(settled) is None


def test_a_template_of_ones_own_counts_even_when_it_appears_later(worlds, make_repo):
    repo = make_repo({"a.yaml": marked("1.0.0")})
    world = worlds(repo.url, repo)
    world.fleet["git"]["commit"] = {"messageTemplateFile": "default.j2"}
    world.run()
    assert short(world) == {"fleet": "skipped"}
    (world.folder / "default.j2").write_text("another message\n")
    assert short(world) is None


def test_a_result_file_counts(worlds, make_repo):
    repo = make_repo({"a.yaml": marked("1.0.0")})
    world = worlds(repo.url, repo)
    world.spec["resultsFrom"] = ["results.json"]
    (world.folder / "results.json").write_text("{}")
    world.run()
    assert short(world) == {"fleet": "skipped"}
    (world.folder / "results.json").write_text('{"default:other": "app:1"}')
    assert short(world) is None


def test_another_default_branch_is_a_doubt(worlds, make_repo):
    repo = make_repo({"a.yaml": marked("1.0.0")})
    world = worlds(repo.url, repo)
    del world.repository["ref"]
    world.run()
    assert short(world) == {"fleet": "skipped"}
    repo.git("branch", "trunk")
    repo.git("symbolic-ref", "HEAD", "refs/heads/trunk")
    assert short(world) is None


def test_a_run_that_is_under_way_is_a_doubt(settled):
    with settled.store() as store, store.lease("default", "fleet") as lease:
        assert lease
        assert short(settled) is None


def test_a_suspended_automation_is_told_and_the_others_skipped(world):
    world.automation("asleep", suspend=True, update={"path": "apps"})
    world.run()
    assert short(world) == {"fleet": "skipped", "asleep": "suspended"}


@pytest.mark.parametrize("spoil", ["failure", "registry", "semver", "some"])
def test_nothing_is_written_down_unless_all_went_well_and_all_can_be_compared(worlds, make_repo, spoil):
    repo = make_repo({"apps/a.yaml": marked("1.0.0")})
    repo.tag("v1.0.0")
    world = worlds(repo.url, repo)
    if spoil == "failure":
        world.automation("broken", update={"path": "absent"})
    elif spoil == "registry":
        world.spec["policies"].append({"name": "r", "image": "127.0.0.1:1/a/b", "policy": {"semver": {"range": "*"}}})
    elif spoil == "semver":
        world.repository["ref"] = {"semver": ">=1.0.0"}
        world.push["branch"] = "auto"
    world.run(*(["fleet"] if spoil == "some" else []))
    assert not list(Path.home().rglob("standing/*.json"))


def test_a_run_that_fails_forgets_what_was_written_down(settled):
    settled.automation("broken", update={"path": "absent"})
    settled.run()
    assert not list(Path.home().rglob("standing/*.json"))


@pytest.mark.parametrize("option", ["--force", "--dry-run"])
def test_who_asks_for_more_gets_it(settled, option):
    outcome = settled.run(option).one["outcome"]
    assert outcome == "up-to-date"
