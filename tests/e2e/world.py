"""One user's gitbot: a configuration, secrets, state, cache and temporary folder of its own, and its command run on them."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import tempfile
import urllib.parse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gitbot.automation.outcome import Outcome
from gitbot.state.record import Record
from gitbot.wiring.fleet import store_of, wired
from tests.servers.git_repo import GitRepo

WAIT_S = 120
IMAGE = "ghcr.io/example/podinfo"
BOT = {"name": "gitbot", "email": "gitbot@example.com"}
PERSON = "Ada <ada@example.com>"


def marked(tag: str, policy: str = "default:podinfo", *, image: str = IMAGE, name: str = "podinfo") -> str:
    """A Deployment with one marked image."""
    return (
        f"apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\nspec:\n  template:\n    spec:\n      containers:\n"
        f'        - name: app\n          image: {image}:{tag} # {{"$imagepolicy": "{policy}"}}\n'
    )


@dataclass(frozen=True, slots=True)
class Ran:
    """One finished command."""

    code: int
    out: str
    err: str

    @property
    def outcomes(self) -> dict[str, dict[str, Any]]:
        """The automations of `--output json`, by name."""
        assert self.out, self.err
        return {item["name"]: item for item in json.loads(self.out)["automations"]}

    @property
    def one(self) -> dict[str, Any]:
        """The only automation."""
        (found,) = self.outcomes.values()
        return found

    @property
    def error(self) -> str:
        """The error of the only automation."""
        return str(self.one["error"])


@dataclass(slots=True)
class World:
    """The configuration is `spec`, a plain document that a test changes before it runs."""

    folder: Path
    spec: dict[str, Any]
    secrets: dict[str, str] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)
    repos: list[GitRepo] = field(default_factory=list)

    @classmethod
    def make(cls, folder: Path, url: str, *repos: GitRepo) -> World:
        """One repository, one policy that elects tag 2.0.0 of IMAGE, one automation named `fleet`."""
        folder.mkdir(exist_ok=True)
        world = cls(folder, {}, repos=list(repos))
        world.temporary.mkdir(exist_ok=True)
        world.spec |= {
            "state": "sqlite:///state.db",
            "cacheDir": "cache",
            "git": {"allowProtocols": ["https", "http", "ssh", "file"], "author": BOT},
            "repositories": [{"name": "fleet", "url": url, "ref": {"branch": "main"}, "timeout": "20s"}],
            "policies": [],
            "automations": [],
        }
        world.policy("podinfo", "2.0.0")
        world.automation("fleet")
        return world

    # The configuration

    @property
    def temporary(self) -> Path:
        """Where the command puts its temporary files."""
        return self.folder / "tmp"

    @property
    def repository(self) -> dict[str, Any]:
        """The first repository."""
        return self.spec["repositories"][0]  # type: ignore[no-any-return]

    @property
    def fleet(self) -> dict[str, Any]:
        """The first automation."""
        return self.spec["automations"][0]  # type: ignore[no-any-return]

    @property
    def push(self) -> dict[str, Any]:
        """Where the first automation pushes."""
        return self.fleet.setdefault("git", {}).setdefault("push", {})  # type: ignore[no-any-return]

    def policy(self, name: str, tag: str, *, image: str = IMAGE, **more: Any) -> dict[str, Any]:
        """Add a policy that elects this tag."""
        self.spec["policies"].append({"name": name, "image": image, "policy": {"fixed": {"tag": tag}}, **more})
        return self.spec["policies"][-1]  # type: ignore[no-any-return]

    def automation(self, name: str, **more: Any) -> dict[str, Any]:
        """Add an automation on the first repository."""
        commit = {"messageTemplate": "Update images\n"}
        self.spec["automations"].append(
            {"name": name, "sourceRef": {"name": "fleet"}, "git": {"commit": commit, "push": {}}, **more}
        )
        return self.spec["automations"][-1]  # type: ignore[no-any-return]

    def elect(self, tag: str, policy: str = "podinfo") -> None:
        """Let a policy elect another tag."""
        for item in self.spec["policies"]:
            if item["name"] == policy:
                item["policy"] = {"fixed": {"tag": tag}}

    def secret(self, name: str, text: str) -> dict[str, str]:
        """A secret in a file of the user's; `check` then looks for it everywhere else."""
        self.secrets[name] = text
        place = self.folder / "secrets" / name
        place.parent.mkdir(exist_ok=True)
        place.write_text(text)
        return {"file": str(place)}

    @property
    def config(self) -> Path:
        """The configuration file, written anew."""
        path = self.folder / "gitbot.yaml"
        path.write_text(json.dumps(self.spec, indent=1))
        return path

    # Running

    def environ(self) -> dict[str, str]:
        """What the command sees."""
        return {**os.environ, "TMPDIR": str(self.temporary), "PYTHONFAULTHANDLER": "1", **self.env}

    def start(self, *args: str) -> subprocess.Popen[bytes]:
        """Start the command and go on."""
        return self._start("-m", "gitbot", *args)

    def start_limited(self, size: int, *args: str) -> subprocess.Popen[bytes]:
        """Start the command where no file may grow beyond so many bytes."""
        program = (
            "import resource,runpy,signal,sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); sys.argv[0]='gitbot'; "
        )
        program += f"resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size})); runpy.run_module('gitbot', run_name='__main__')"
        return self._start("-c", program, *args)

    def _start(self, *argv: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, *argv],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.environ(), cwd=self.folder,
        )  # fmt: skip
        self.started.append(process)
        return process

    def finish(self, process: subprocess.Popen[bytes]) -> Ran:
        """Wait for a started command; one that does not end in time fails the test and says where it stands."""
        try:
            out, err = process.communicate(timeout=WAIT_S)
        except subprocess.TimeoutExpired:
            children = processes(str(self.folder))
            process.send_signal(signal.SIGABRT)  # Python then prints where each thread is
            out, err = process.communicate()
            raise AssertionError(
                f"still running after {WAIT_S} s: {children}\n{out.decode()}\n{err.decode()}"
            ) from None
        ran = Ran(process.returncode, out.decode(), err.decode())
        self.said += [ran.out, ran.err]
        return ran

    def stop(self) -> None:
        """End what a failed test left running."""
        for process in self.started:
            if process.poll() is None:
                process.kill()
                process.communicate()

    def command(self, *args: str) -> Ran:
        """Run the command."""
        return self.finish(self.start(*args))

    def run(self, *args: str) -> Ran:
        """`gitbot run`."""
        return self.command("run", "-c", str(self.config), "--output", "json", *args)

    def plan(self, *args: str) -> Ran:
        """`gitbot plan`."""
        return self.command("plan", "-c", str(self.config), "--output", "json", *args)

    def here(self, *names: str, dry: bool = False, force: bool = False, now: datetime | None = None) -> list[Outcome]:
        """Run within this process."""
        clock = (lambda: now) if now else (lambda: datetime.now(UTC))
        before, tempfile.tempdir = tempfile.tempdir, str(self.temporary)
        try:
            with wired(self.config, names, dry=dry, force=force, clock=clock) as fleet:
                return list(fleet.run())
        finally:
            tempfile.tempdir = before

    def once(self, **options: Any) -> Outcome:
        """Run the only automation within this process."""
        (outcome,) = self.here(**options)
        return outcome

    # What is left behind

    def record(self, name: str = "fleet", namespace: str = "default") -> Record:
        """What the state says of an automation."""
        with self.store() as store:
            record, problems = store.get(namespace, name)
        assert not problems
        return record

    def history(self, name: str = "fleet", namespace: str = "default") -> list[str]:
        """The outcomes of an automation's runs, the oldest first."""
        with self.store() as store:
            return [run.outcome for run in reversed(store.history(namespace, name, limit=100).runs)]

    def store(self) -> Any:
        """The state of this configuration."""
        from gitbot.config.load import load

        return store_of(load(self.config))

    def check(self) -> None:
        """Assert that nothing is left behind and that no secret is anywhere but in its own file."""
        assert self.left() == []
        assert list(self.leaks()) == []

    def left(self) -> list[str]:
        """Temporary folders, lock files of git and half-made things, and processes that work on this user's files."""
        found = [str(path) for path in self.temporary.iterdir()] if self.temporary.exists() else []
        cache = self.folder / "cache"
        found += [str(path) for path in cache.rglob("*.lock")]
        found += [str(path) for path in cache.glob("*/making.git")]
        return found + processes(str(self.folder))

    def leaks(self) -> Iterator[str]:
        """Every place that holds a secret in any spelling, and the secret's name."""
        spellings = [(name, spelling) for name, text in self.secrets.items() for spelling in _spellings(text)]
        for place, content in self._contents():
            yield from (f"{name} in {place}" for name, spelling in spellings if spelling in content)

    def _contents(self) -> Iterator[tuple[str, bytes]]:
        yield from ((f"output {number}", text.encode()) for number, text in enumerate(self.said))
        for path in self.folder.rglob("*"):
            if path.is_file() and path.parent != self.folder / "secrets":
                yield str(path), path.read_bytes()
        bares = [*self.folder.glob("cache/*/repository.git"), *(repo.path for repo in self.repos)]
        for bare in bares:
            done = subprocess.run(
                ["git", "-C", bare, "cat-file", "--batch-all-objects", "--batch", "--buffer"],
                capture_output=True,
                check=False,
            )
            yield f"objects of {bare}", done.stdout


def _spellings(secret: str) -> Iterator[bytes]:
    for line in filter(None, secret.splitlines()):
        if line.startswith("-----"):
            continue
        raw = line.encode()
        yield raw
        yield urllib.parse.quote(line, safe="").encode()
        yield base64.b64encode(raw)
        yield base64.b64encode(b":" + raw)[:-4]
        yield json.dumps(line)[1:-1].encode()
        yield repr(line)[1:-1].encode()


def processes(text: str) -> list[str]:
    """Running processes whose command line, folder or environment names this text, other than ours."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            held = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
            where = str((entry / "cwd").readlink())
        except OSError:
            continue
        if text in where or text.encode() in held:
            found.append(f"process {entry.name}: {held.split(bytes(1) * 2)[0][:300]!r}")
    return found


def only_fast_forwards(repo: GitRepo, branch: str = "main") -> bool:
    """Whether the reflog, which `record_moves` switches on, shows no move of the branch but forward."""
    rows = (repo.path / "logs" / "refs" / "heads" / branch).read_text().splitlines()
    moves = [row.split(" ", 2)[:2] for row in rows]
    return all(
        old == "0" * 40
        or subprocess.run(
            ["git", "-C", repo.path, "merge-base", "--is-ancestor", old, new], check=False, capture_output=True
        ).returncode
        == 0
        for old, new in moves
    )


def moves(repo: GitRepo, branch: str = "main") -> int:
    """How often the branch moved since `record_moves`."""
    log = repo.path / "logs" / "refs" / "heads" / branch
    return len(log.read_text().splitlines()) if log.exists() else 0


def record_moves(repo: GitRepo) -> None:
    """Let the repository write down every move of a branch from now on."""
    repo.configure("core.logAllRefUpdates", "always")


def requests_of(lines: Sequence[str]) -> list[str]:
    """What the server was asked: `refs` for a listing (protocol 2 takes two requests), `fetch`, `push`."""
    kinds = []
    for line in lines:
        method, path, *_ = line.split(" ")
        if "service=git-upload-pack" in path:
            kinds.append("hello")
        elif method == "POST" and path.endswith("/git-upload-pack"):
            kinds.append("ask")
        elif "git-receive-pack" in path:
            kinds.append("push" if method == "POST" else "hello-push")
    return kinds
