"""Commits of a Git repository and the files each of them changed, read with plain git; nothing is checked out."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Self

from gitbot.markers.grammar import NEEDLE
from gitbot.source.folder import is_yaml

FLUX = r"flux|image[- ]?automation"
_REGULAR = ("100644", "100755")


class HistoryError(Exception):
    """What git says when a repository or a commit cannot be read."""


@dataclass(frozen=True, slots=True)
class Step:
    """A commit with one parent, and its changed marked files: path -> bytes before and after it."""

    commit: str
    before: dict[str, bytes] = field(default_factory=dict)
    after: dict[str, bytes] = field(default_factory=dict)


def commits_of(repository: Path, revision: str, looks: str, limit: int) -> list[str]:
    """The newest `limit` commits, oldest first, whose author, committer or subject the pattern finds; merges never."""
    said = _git(
        repository, "log", "--no-merges", "--format=%H%x00%an <%ae> %cn <%ce>%x00%s", "--end-of-options", revision
    )
    pattern = re.compile(looks, re.IGNORECASE)
    lines = (line.split("\0") for line in said.decode("utf-8", "replace").split("\n") if line)
    found = [one[0] for one in lines if pattern.search(one[1]) or pattern.search(one[-1])]
    return found[:limit][::-1]


def steps(repository: Path, commits: Iterable[str]) -> Iterator[Step]:
    """Read what each commit changed in the marked YAML files that its parent has too."""
    with _Blobs(repository) as blobs:
        for commit in commits:
            step = Step(commit)
            for path, old, new in _modified(repository, commit):
                before, after = blobs.read(old), blobs.read(new)
                if NEEDLE in before and NEEDLE in after:
                    step.before[path], step.after[path] = before, after
            yield step


def _modified(repository: Path, commit: str) -> Iterator[tuple[str, str, str]]:
    raw = _git(
        repository,
        "diff-tree",
        "-r",
        "-z",
        "--no-renames",
        "--diff-filter=M",
        "--no-commit-id",
        "--end-of-options",
        commit,
    )
    fields = raw.split(b"\0")
    for meta, name in zip(fields[::2], fields[1::2], strict=False):
        modes_and_ids = meta.decode("ascii").removeprefix(":").split()
        path = name.decode("utf-8", "surrogateescape")
        if modes_and_ids[0] in _REGULAR and modes_and_ids[1] in _REGULAR and is_yaml(path.rpartition("/")[2]):
            yield path, modes_and_ids[2], modes_and_ids[3]


class _Blobs:
    """One `git cat-file --batch` for the whole reading."""

    def __init__(self, repository: Path) -> None:
        self._process = subprocess.Popen(
            ["git", "-C", str(repository), "cat-file", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def read(self, blob: str) -> bytes:
        """The bytes of a blob."""
        into, out = _pipe(self._process.stdin), _pipe(self._process.stdout)
        into.write(blob.encode() + b"\n")
        into.flush()
        head = out.readline().split()
        if len(head) != 3:
            raise HistoryError(f"blob {blob} is not in the repository")
        return out.read(int(head[2]) + 1)[:-1]


def _pipe(end: IO[bytes] | None) -> IO[bytes]:
    assert end is not None
    return end


def _git(repository: Path, *words: str) -> bytes:
    done = subprocess.run(["git", "-C", str(repository), *words], capture_output=True, check=False)
    if done.returncode:
        raise HistoryError(done.stderr.decode("utf-8", "replace").strip() or f"git {words[0]} failed")
    return done.stdout
