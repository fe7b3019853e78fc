"""Git processes: environment, deadline, bounds, nothing left behind."""

import os
import subprocess
import time
from pathlib import Path

import pytest

from gitbot.git.environment import INHERITED
from gitbot.git.run import GitOutputError, GitTimeoutError, batches, run


def script(folder: Path, text: str) -> dict[str, str]:
    """A `git` on PATH that does what the text says: the misbehaving other side of the pipe."""
    tools = folder / "bin"
    tools.mkdir(exist_ok=True)
    git = tools / "git"
    git.write_text(f"#!/bin/sh\n{text}\n")
    git.chmod(0o755)
    return {"PATH": f"{tools}:{os.environ['PATH']}"}


def gone(pid: str) -> bool:
    """Whether a process has ended; a signal is delivered at once but acted on a moment later."""
    stat = Path(f"/proc/{pid}/stat")
    for _ in range(500):
        try:
            if stat.read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.01)
    return False


def test_what_git_prints_comes_back_with_its_exit_code(tmp_path):
    done = run(tmp_path, ["rev-parse", "--git-dir"], env={})
    assert (done.code, done.out) == (128, b"")
    assert "not a git repository" in done.err


def test_standard_input_reaches_git(tmp_path):
    done = run(tmp_path, ["hash-object", "--stdin"], env={}, stdin=b"x" * 3_000_000)
    expected = subprocess.run(
        ["git", "hash-object", "--stdin"], input=b"x" * 3_000_000, capture_output=True, check=True
    )
    assert done.out == expected.stdout


def test_a_process_that_reads_nothing_is_no_error(tmp_path):
    done = run(tmp_path, ["anything"], env=script(tmp_path, "exec 0<&-; echo done"), stdin=b"x" * 3_000_000)
    assert done.out == b"done\n"


def test_only_the_allow_list_of_the_environment_is_inherited(tmp_path, monkeypatch):
    for name in (
        "GIT_DIR",
        "GIT_TRACE",
        "GIT_SSH_COMMAND",
        "AWS_SECRET_ACCESS_KEY",
        "SSH_AUTH_SOCK",
        "HTTPS_PROXY",
        "EDITOR",
    ):
        monkeypatch.setenv(name, "canary")
    done = run(tmp_path, ["env"], env={"GIVEN": "yes", **script(tmp_path, "env")})
    names = {line.partition("=")[0] for line in done.out.decode().splitlines()}
    assert names <= {"PATH", "GIVEN", "TZ", "TMPDIR", "LANGUAGE", "LC_ALL", "PWD", "OLDPWD", "SHLVL", "_"} | INHERITED
    assert "canary" not in done.out.decode()


def test_proxies_of_the_environment_are_kept_when_asked(tmp_path, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    done = run(tmp_path, ["env"], env={"GITBOT_KEEP_PROXIES": "1", **script(tmp_path, "env")})
    assert "HTTPS_PROXY=http://proxy.example:3128" in done.out.decode()


def test_a_process_past_its_deadline_dies_with_its_children(tmp_path):
    pids = tmp_path / "pids"
    env = script(tmp_path, f"sleep 1000 & echo $! >> {pids}; echo $$ >> {pids}; wait")
    with pytest.raises(GitTimeoutError, match=r"git fetch did not finish within 0\.5 s"):
        run(tmp_path, ["fetch", "somewhere"], env=env, deadline_s=0.5)
    assert all(gone(pid) for pid in pids.read_text().split())


def test_a_child_that_outlives_git_is_killed_too(tmp_path):
    pids = tmp_path / "pids"
    env = script(tmp_path, f"sleep 1000 >/dev/null 2>&1 </dev/null & echo $! > {pids}")
    run(tmp_path, ["push"], env=env)
    assert gone(pids.read_text().strip())


def test_a_flood_is_stopped(tmp_path):
    with pytest.raises(GitOutputError, match="more than 100000 bytes"):
        run(tmp_path, ["ls-remote"], env=script(tmp_path, "yes"), max_output=100_000)


def test_endless_messages_are_bounded_and_do_not_block(tmp_path):
    env = script(tmp_path, "head -c 3000000 /dev/zero | tr '\\0' x >&2; echo fine")
    done = run(tmp_path, ["fetch"], env=env)
    assert done.out == b"fine\n"
    assert len(done.err) <= 256 * 1024


def test_secrets_are_masked_in_what_git_says(tmp_path):
    from gitbot.secret import Secret

    Secret("s3cret-canary")
    done = run(tmp_path, ["push"], env=script(tmp_path, "echo 'fatal: s3cret-canary rejected' >&2; exit 1"))
    assert done.err == "fatal: *** rejected\n"


def test_arguments_come_in_batches_that_a_command_line_holds():
    assert list(batches([])) == []
    assert list(batches(["a", "b"])) == [["a", "b"]]
    long = [f"{number}" + "ü" * 2000 for number in range(600)]
    found = list(batches(long))
    assert [one for batch in found for one in batch] == long
    assert max(sum(len(one.encode()) for one in batch) for batch in found) < 1 << 16
    assert list(batches(["x" * (1 << 17), "y"])) == [["x" * (1 << 17)], ["y"]]
