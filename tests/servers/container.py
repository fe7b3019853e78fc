"""gitbot's container image, built by buildah on a base made by debootstrap and run by podman; none is pulled."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers.process import need

PROJECT = Path(__file__).parents[2]
IMAGE = "localhost/gitbot"
SUITE = "bookworm"
PACKAGES = "git,ca-certificates,python3,python3-venv,openssh-client,gnupg"
# What a machine without systemd and with low limits accepts.
LOW_LIMITS = ["--network=host", "--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024"]


@dataclass(frozen=True, slots=True)
class Container:
    """The built image and the folders it lives in."""

    folder: Path

    @classmethod
    def build(cls, folder: Path) -> Container:
        """Build the image from deploy/Containerfile; skips where a program, root or the package servers are missing."""
        for program in ("buildah", "podman", "runc", "debootstrap"):
            need(program)
        if os.geteuid() != 0:
            pytest.skip("debootstrap needs root")
        container = cls(folder)
        base, wheels = _base(folder), _wheels(folder)
        container._buildah("-t", "localhost/base", str(base))
        container._buildah(
            "--pull-never",
            "--build-arg=BASE=localhost/base",
            "--build-arg=PIP_OPTIONS=--no-index --find-links=/wheels",
            f"--volume={wheels}:/wheels:ro",
            *("-t", IMAGE, "-f", str(PROJECT / "deploy" / "Containerfile"), str(PROJECT)),
        )
        return container

    @property
    def _store(self) -> list[str]:
        return ["--storage-driver=vfs", f"--root={self.folder}/store", f"--runroot={self.folder}/run"]

    def _buildah(self, *argv: str) -> None:
        _bounded(["buildah", *self._store, "bud", "--quiet", "--isolation=chroot", *argv], 600)

    def _podman(self, *argv: str) -> list[str]:
        return ["podman", *self._store, "--cgroup-manager=cgroupfs", "--runtime=runc", *argv]

    def argv(self, *argv: str, options: tuple[str, ...] = ()) -> list[str]:
        """The command that runs the image as a careful operator does: read-only, no capabilities."""
        hard = ["--rm", "--read-only", "--cap-drop=all", "--security-opt=no-new-privileges"]
        return self._podman("run", *hard, *LOW_LIMITS, *options, IMAGE, *argv)

    def run(self, *argv: str, options: tuple[str, ...] = ()) -> str:
        """Run the image to its end and return what it printed; a failure shows all its words."""
        return _bounded(self.argv(*argv, options=options), 120)

    def stop(self, name: str) -> None:
        """Ask a running container to end (SIGTERM), as an orchestrator does, and wait for it."""
        _bounded(self._podman("stop", "--time=60", name), 120)

    def inspect(self, template: str) -> str:
        """One field of the image's configuration."""
        return _bounded(self._podman("image", "inspect", f"--format={template}", IMAGE), 60).strip()

    def remove(self) -> None:
        """Remove everything that was built."""
        _bounded(self._podman("rm", "--all", "--force"), 120)
        shutil.rmtree(self.folder)


def _bounded(argv: list[str], seconds: float) -> str:
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=seconds, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, f"{' '.join(argv)}: exit code {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def _fetched(argv: list[str], what: str) -> None:
    try:
        _bounded(argv, 400)
    except (AssertionError, subprocess.TimeoutExpired) as error:
        pytest.skip(f"{what} cannot be fetched: {error}")


def _base(folder: Path) -> Path:
    """A build context that is a small Debian with what gitbot needs, so that the build itself fetches no package."""
    root, base = folder / "rootfs", folder / "base"
    _fetched(["debootstrap", "--variant=minbase", f"--include={PACKAGES}", SUITE, str(root)], "a Debian")
    base.mkdir()
    _bounded(["tar", "-C", str(root), "-cf", str(base / "rootfs.tar"), "."], 120)
    (base / "Containerfile").write_text("FROM scratch\nADD rootfs.tar /\n")
    shutil.rmtree(root)
    return base


def _wheels(folder: Path) -> Path:
    """The locked packages as files, for that Debian's Python."""
    locks = [f"--requirement={PROJECT / 'deploy' / name}" for name in ("requirements.lock", "build.lock")]
    kind = ["--only-binary=:all:", "--python-version=3.11", "--no-deps", "--require-hashes"]
    argv = [sys.executable, "-m", "pip", "download", "--quiet", *kind, f"--dest={folder / 'wheels'}", *locks]
    _fetched(argv, "the locked packages")
    return folder / "wheels"
