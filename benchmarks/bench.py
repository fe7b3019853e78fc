"""One generated fleet, served twice, with gitbot on the one copy and the yardstick on the other."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.fleet import Fleet, path_of
from benchmarks.measure import CommandFailedError, gitbot_peak, gitbot_run, own_environment, seconds
from tests.servers.git_http import GitHttp
from tests.servers.git_repo import GitRepo

YARDSTICK = Path(__file__).with_name("yardstick.sh")
PERSON = "A Person <person@example.com>"


@dataclass(slots=True)
class Bench:
    """The two copies and the folders of the two contestants. Policies move one version with every measured run."""

    fleet: Fleet
    folder: Path
    server: GitHttp
    ours: GitRepo
    theirs: GitRepo
    versions: dict[str, int] = field(default_factory=dict)
    commits: int = 0

    @classmethod
    def prepare(cls, fleet: Fleet, folder: Path, server: GitHttp) -> Bench:
        """Generate the fleet, serve it twice and write the configuration."""
        folder.mkdir()
        ours = server.repo("ours")
        fleet.build(ours)
        theirs = GitRepo(server.repo("theirs").path)
        shutil.rmtree(theirs.path)
        shutil.copytree(ours.path, theirs.path)
        bench = cls(fleet, folder, server, ours, theirs)
        bench.forget()
        bench.config.write_text(json.dumps(bench._config()))
        return bench

    @property
    def config(self) -> Path:
        """Gitbot's configuration (JSON is YAML too)."""
        return self.folder / "gitbot.yaml"

    @property
    def results(self) -> Path:
        """The file of elected images."""
        return self.folder / "results.json"

    def _config(self) -> Mapping[str, object]:
        namespace = self.fleet.namespace
        author = {"name": "gitbot", "email": "gitbot@example.com"}
        return {
            "state": f"sqlite:///{self.folder / 'ours' / 'state.db'}",
            "cacheDir": str(self.folder / "ours" / "cache"),
            "git": {"allowProtocols": ["http"]},
            "repositories": [
                {"name": "fleet", "namespace": namespace, "url": self.server.url(self.ours), "ref": {"branch": "main"}}
            ],
            "resultsFrom": ["results.json"],
            "automations": [
                {
                    "name": "fleet",
                    "namespace": namespace,
                    "interval": "30m",
                    "sourceRef": {"name": "fleet"},
                    "git": {"commit": {"author": author}, "push": {"branch": "main"}},
                    "update": {"path": "./clusters"},
                }
            ],
        }

    def forget(self) -> None:
        """Remove cache and state of both, as on a new machine."""
        for name in ("ours", "theirs"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
            (self.folder / name).mkdir()

    def move(self, policy: str = "moving") -> None:
        """Let a policy elect the next version."""
        self.versions[policy] = self.versions.get(policy, 0) + 1
        self.results.write_text(json.dumps(self.fleet.results(self.versions)))

    def person_commits(self) -> None:
        """Let a person change ten files in both copies; the same ten kinds of files, never a marked field."""
        self.commits += 1
        numbers = range(self.commits, self.fleet.files, self.fleet.files // 10)
        for repo in (self.ours, self.theirs):
            paths = [path_of(number) for number in numbers]
            repo.commit({p: repo.read(p) + f"# touched {self.commits}\n" for p in paths}, author=PERSON)

    def gitbot(self) -> float:
        """Seconds of one run of gitbot."""
        return seconds(gitbot_run(self.config), self.folder, env=own_environment(self.folder))

    def yardstick(self) -> float:
        """Seconds of one run of the yardstick."""
        argv = [YARDSTICK, self.server.url(self.theirs), self.folder / "theirs", self.results]
        return seconds(argv, self.folder, env=own_environment(self.folder))

    def bare_python(self) -> float:
        """Seconds of a Python that does nothing."""
        return seconds([sys.executable, "-c", "pass"], self.folder, env=own_environment(self.folder))

    def peak(self) -> float:
        """Peak of gitbot's own memory in one run, in MB."""
        return gitbot_peak(self.config, self.folder)

    def check(self, changed: int) -> None:
        """Both copies hold the same tree, and the newest commit of ours changed so many files."""
        ours, theirs = (repo.git("rev-parse", "main^{tree}") for repo in (self.ours, self.theirs))
        found = len(self.ours.changed())
        if ours != theirs or found != changed:
            raise CommandFailedError(f"trees {ours} and {theirs}, {found} files changed instead of {changed}")
