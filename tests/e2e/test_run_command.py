"""`gitbot run` and `gitbot plan` as a user calls them: what is printed, and the exit code."""

import json
import subprocess
import sys

import pytest

from tests.automation.test_run import tag_of
from tests.e2e.world import IMAGE, marked


def test_nothing_to_run_is_done(world):
    world.spec["automations"].clear()
    ran = world.command("run", "-c", str(world.config))
    assert (ran.code, ran.err) == (0, "")
    assert "nothing to run" in ran.out


def test_a_push_and_a_run_with_nothing_to_do_are_said(world):
    (repo,) = world.repos
    ran = world.command("run", "-c", str(world.config))
    assert (ran.code, ran.err) == (0, "")
    head = f"default/fleet: pushed commit '{repo.head()[:7]}' to branch 'main' (1 change in 1 file)"
    assert ran.out.splitlines() == [head, "    Update images", "1 automation: 1 pushed"]
    again = world.command("run", "-c", str(world.config))
    assert again.out.splitlines()[0] == "default/fleet: skipped: no change since the last run"


def test_a_run_as_json_is_one_document(world):
    ran = world.run()
    assert set(ran.one) == {"namespace", "name", "outcome", "commit", "branch", "message", "result", "error"}
    (file,) = ran.one["result"]["changed"]["files"]
    (change,) = file["objects"][0]["changes"]
    assert (file["path"], change["oldValue"], change["newValue"]) == ("apps/a.yaml", f"{IMAGE}:1.0.0", f"{IMAGE}:2.0.0")


def test_plan_shows_the_diff_and_the_message_and_changes_nothing(world):
    (repo,) = world.repos
    refs = repo.refs()
    ran = world.command("plan", "-c", str(world.config))
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert f'+          image: {IMAGE}:2.0.0 # {{"$imagepolicy": "default:podinfo"}}' in lines
    assert f'-          image: {IMAGE}:1.0.0 # {{"$imagepolicy": "default:podinfo"}}' in lines
    assert "default/fleet: would push to branch 'main' (1 change in 1 file)" in lines
    assert "    Update images" in lines
    assert repo.refs() == refs
    assert not (world.folder / "state.db").exists()
    assert world.command("run", "-c", str(world.config), "--dry-run").code == 0
    assert repo.refs() == refs


def test_the_diff_of_a_plan_applies_and_gives_what_the_run_pushes(world):
    (repo,) = world.repos
    diff = world.plan().one["diff"]
    world.run()
    assert repo.git("diff", "--no-color", "main~", "main").splitlines() == diff.splitlines()


@pytest.mark.parametrize(
    ("command", "change", "code"),
    [
        pytest.param("plan", lambda world: None, 0, id="a plan with changes"),
        pytest.param("plan --exit-code", lambda world: None, 3, id="a plan with changes that asks"),
        pytest.param("plan --exit-code", lambda world: world.elect("1.0.0"), 0, id="a plan without changes that asks"),
        pytest.param(
            "plan --exit-code", lambda world: world.fleet.update(update={"path": "x"}), 1, id="a plan that fails"
        ),
        pytest.param("run", lambda world: None, 0, id="a run"),
        pytest.param("run", lambda world: world.fleet.update(update={"path": "x"}), 1, id="a run that fails"),
        pytest.param("run", lambda world: world.repos[0].commit({"b.yaml": marked("1", "no:such")}), 0, id="problems"),
        pytest.param(
            "run --strict", lambda world: world.repos[0].commit({"b.yaml": marked("1", "no:such")}), 1, id="strict"
        ),
        pytest.param("run --strict", lambda world: None, 0, id="strict without problems"),
        pytest.param(
            "plan --strict --exit-code",
            lambda world: world.repos[0].commit({"b.yaml": marked("1", "no:such")}),
            1,
            id="1 beats 3",
        ),
        pytest.param("run", lambda world: world.spec.update(unknown=1), 2, id="a mistake in the configuration"),
        pytest.param("run nobody", lambda world: None, 2, id="an unknown name"),
        pytest.param("run --no-such-option", lambda world: None, 2, id="an unknown option"),
        pytest.param("run fleet default/fleet", lambda world: None, 0, id="a name twice"),
        pytest.param("run", lambda world: world.fleet.update(suspend=True), 0, id="suspended"),
    ],
)
def test_exit_codes(world, command, change, code):
    change(world)
    verb, *options = command.split()
    ran = world.command(verb, "-c", str(world.config), *options)
    assert ran.code == code, ran.err
    assert "Traceback" not in ran.err


def test_every_mistake_is_said_before_anything_is_touched(world):
    world.spec["unknown"] = 1
    world.push["branch"] = "-x"
    world.fleet["sourceRef"] = {"name": "nobody"}
    ran = world.command("run", "-c", str(world.config))
    assert ran.code == 2
    for words in ("unknown", "push.branch", "nobody"):
        assert words in ran.err
    assert not (world.folder / "cache").exists()


def test_the_configuration_is_found_by_its_variable_and_in_the_folder(world):
    config = world.config
    assert world.command("run").code == 0
    config.rename(world.folder / "other.yaml")
    world.env["GITBOT_CONFIG"] = str(world.folder / "other.yaml")
    assert world.command("run").code == 0
    del world.env["GITBOT_CONFIG"]
    assert world.command("run").code == 2


def test_elected_images_come_from_a_file_and_from_standard_input(world):
    (repo,) = world.repos
    world.spec["policies"] = []
    world.spec["resultsFrom"] = ["-"]
    argv = [sys.executable, "-m", "gitbot", "run", "-c", str(world.config)]
    given = json.dumps({"default:podinfo": f"{IMAGE}:4.0.0"}).encode()
    done = subprocess.run(argv, input=given, env=world.environ(), cwd=world.folder, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert tag_of(repo) == "4.0.0"
    world.spec["resultsFrom"] = ["results.json"]
    (world.folder / "results.json").write_text(json.dumps({"default:podinfo": f"{IMAGE}:5.0.0"}))
    assert world.run().code == 0
    assert tag_of(repo) == "5.0.0"


@pytest.mark.parametrize("harm", ["a text", "a folder", "nowhere"])
def test_a_state_that_cannot_be_used_is_one_error_before_anything_is_pushed(world, harm):
    (repo,) = world.repos
    head = repo.head()
    place = world.folder / "state.db"
    if harm == "a text":
        place.write_text("no database at all, but long enough to look at" * 10)
    elif harm == "a folder":
        place.mkdir()
    else:
        (world.folder / "file").write_text("")
        world.spec["state"] = "sqlite:///file/state.db"
    ran = world.run()
    assert ran.code == 1
    assert "Traceback" not in ran.err
    assert "state" in ran.err
    assert repo.head() == head


def test_a_reader_that_goes_away_is_no_bug(world):
    argv = f"{sys.executable} -m gitbot plan -c {world.config} | true"
    done = subprocess.run(["sh", "-c", argv], env=world.environ(), cwd=world.folder, capture_output=True, check=False)
    assert done.stderr == b""
