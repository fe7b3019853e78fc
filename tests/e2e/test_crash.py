"""kill -9 between any two steps of a run, then a second run: one commit, the right content, the right record and history."""

import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from tests.e2e.world import WAIT_S, marked, moves, record_moves

# A `git` that ends the gitbot that called it at one command: before it, after it, or while it goes on alone.
GIT = """\
#!/bin/sh
if [ "$1" = "{verb}" ] && mkdir "{folder}/once" 2>/dev/null; then
  case {when} in
    before) kill -9 "$PPID"; exit 1;;
    after) {git} "$@"; kill -9 "$PPID"; exit 1;;
    alone) kill -9 "$PPID"; trap '' HUP PIPE; {git} "$@" >/dev/null 2>&1; mkdir "{folder}/done"; exit 1;;
  esac
fi
exec {git} "$@"
"""


def killing_git(world, verb, when):
    """Put such a git first in the world's PATH."""
    folder = world.folder / "bin"
    folder.mkdir()
    path = folder / "git"
    path.write_text(GIT.format(verb=verb, when=when, folder=folder, git=shutil.which("git")))
    path.chmod(0o755)
    world.env["PATH"] = f"{folder}:{os.environ['PATH']}"
    return folder


def one_push(world, branch="main", before=1):
    """Assert that the world ends as after one undisturbed run."""
    (repo,) = world.repos
    assert repo.count(branch) == before + 1
    assert moves(repo, branch) == 1
    assert repo.read("apps/a.yaml", branch) == marked("2.0.0")
    record = world.record()
    assert record.last_push_commit == record.push_branch_head == repo.head(branch)
    assert record.intent is None
    assert [condition.status for condition in record.conditions if condition.type == "Ready"] == ["True"]
    assert [outcome for outcome in world.history() if outcome == "pushed"] == ["pushed"]
    with world.store() as store:
        (pushed,) = (run for run in store.history("default", "fleet").runs if run.outcome == "pushed")
    assert (pushed.commit, pushed.branch, pushed.message) == (repo.head(branch), branch, "Update images\n")
    assert [file["path"] for file in pushed.result["files"]] == ["apps/a.yaml"]
    assert world.once().outcome in {"skipped", "up-to-date"}
    assert world.once().outcome == "skipped"
    assert repo.count(branch) == before + 1


@pytest.fixture(params=["same branch", "push branch"])
def branch(request, world):
    """The branch that is pushed."""
    record_moves(world.repos[0])
    if request.param == "same branch":
        return "main"
    world.push["branch"] = "updates"
    return "updates"


@pytest.mark.parametrize(
    ("when", "step"),
    [
        ("before", "read"), ("after", "lease"), ("before", "intent"), ("after", "intent"), ("after", "push"),
        ("before", "record"), ("after", "record"),
    ],
)  # fmt: skip
def test_death_at_a_step_of_the_run(world, branch, when, step):
    argv = [sys.executable, "-m", "tests.e2e.dying", str(world.config), when, step]
    done = subprocess.run(argv, env=world.environ(), timeout=WAIT_S, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert world.once().outcome in {"pushed", "skipped", "up-to-date"}
    one_push(world, branch)


@pytest.mark.parametrize(
    ("verb", "when"),
    [
        ("init", "before"), ("init", "after"), ("ls-remote", "before"), ("fetch", "before"), ("fetch", "after"),
        ("grep", "before"), ("fast-import", "before"), ("commit-tree", "before"), ("commit-tree", "after"),
        ("push", "before"), ("push", "after"),
    ],
)  # fmt: skip
def test_death_at_a_git_command(world, verb, when):
    record_moves(world.repos[0])
    folder = killing_git(world, verb, when)
    ran = world.command("run", "-c", str(world.config))
    assert ran.code == -signal.SIGKILL
    assert (folder / "once").exists()
    assert world.once().outcome in {"pushed", "skipped"}
    one_push(world)


def test_a_push_that_goes_on_after_the_death_and_lands_during_the_next_run(world):
    (repo,) = world.repos
    record_moves(repo)
    folder = killing_git(world, "push", "alone")
    # The server lets the first push go on only when the second has looked at the branch and pushes itself.
    repo.hook(
        "pre-receive",
        f'mkdir "{folder}/first" 2>/dev/null && while ! test -e "{folder}/go"; do sleep 0.05; done; exit 0',
    )
    repo.hook("update", f'test -e "{folder}/go" || touch "{folder}/late"; exit 0')
    assert world.command("run", "-c", str(world.config)).code == -signal.SIGKILL
    wait_for(folder / "first")
    git = shutil.which("git")
    (folder / "git").write_text(
        f'#!/bin/sh\nif [ "$1" = push ]; then touch "{folder}/go"; until test -e "{folder}/done"; do sleep 0.05; done; fi\n'
        f'exec {git} "$@"\n'
    )
    ran = world.run()
    assert ran.code == 0, ran.err
    assert not (folder / "late").exists()
    one_push(world)


def wait_for(path):
    """Wait until a file is there."""
    until = time.monotonic() + WAIT_S
    while not path.exists():
        assert time.monotonic() < until, path
        time.sleep(0.02)


def test_files_of_a_killed_run_are_gone_after_the_next(world):
    killing_git(world, "fetch", "before")
    world.command("run", "-c", str(world.config))
    (left,) = world.temporary.iterdir()
    assert left.stat().st_mode & 0o077 == 0
    world.once()
    assert list(world.temporary.iterdir()) == []


@pytest.fixture
def _attended():
    """Let what is started hear SIGINT: a shell that runs the tests in the background has it ignored, and that is inherited."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_attended")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("verb", ["fetch", "push"])
def test_a_signal_ends_the_run_cleanly(world, number, verb):
    folder = world.folder / "bin"
    folder.mkdir()
    path = folder / "git"
    path.write_text(
        f'#!/bin/sh\nif [ "$1" = {verb} ]; then touch "{folder}/there"; sleep 600; fi\nexec {shutil.which("git")} "$@"\n'
    )
    path.chmod(0o755)
    world.env["PATH"] = f"{folder}:{os.environ['PATH']}"
    process = world.start("run", "-c", str(world.config))
    wait_for(folder / "there")
    process.send_signal(number)
    ran = world.finish(process)
    assert ran.code == 130
    assert "interrupted" in ran.err
    assert "Traceback" not in ran.err
    assert world.left() == []
    path.unlink()
    record_moves(world.repos[0])
    assert world.run().one["outcome"] == "pushed"
    one_push(world)
