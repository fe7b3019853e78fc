"""Arguments that are files and folders of the user's, read and scanned; shared by `apply`, `lint` and `explain`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from gitbot.errors import Problem
from gitbot.markers.grammar import NEEDLE
from gitbot.markers.limits import MAX_BYTES
from gitbot.markers.scan import Scan, scan
from gitbot.policies.election import Elections
from gitbot.source.folder import File, Wanted, files


@dataclass(slots=True)
class Tree:
    """What the arguments lead to: files by the path they are reported under, and those that could not be read."""

    paths: Sequence[Path]
    from_folder: bool
    files: dict[str, File] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def scans(self) -> Iterator[Scan]:
        """Read and scan each file once, in order; fills `files` and `problems` on the way."""
        seen: set[str] = set()
        for path in self.paths:
            for found in files(path, Wanted(NEEDLE, MAX_BYTES)):
                root = found.root if isinstance(found, File) else (path if path.is_dir() else path.parent)
                shown = found.path if self.from_folder else _relative(root, found.path)
                if shown in seen:
                    continue
                seen.add(shown)
                if isinstance(found, Problem):
                    self.problems.append(replace(found, path=shown))
                else:
                    self.files[shown] = found
                    yield scan(shown, found.data)


def tree(paths: Sequence[Path], *, from_folder: bool) -> Tree:
    """The files of some paths; reported from the folder when there is one and `from_folder` says so, else from here."""
    return Tree(paths, from_folder and len(paths) == 1 and paths[0].is_dir())


def elections_from(policies: str) -> tuple[Elections, tuple[Problem, ...]]:
    """What a result file (`-`: standard input) elects, and the entries of it that are wrong. Raises ConfigError."""
    from gitbot.policies.results import load_results

    given = load_results([policies], sys.stdin.buffer.read() if policies == "-" else None)
    return Elections(images=given.images, failed=given.failed), given.problems


def _relative(root: Path, path: str) -> str:
    return os.path.relpath(os.path.join(root, path))  # noqa: PTH118 - pathlib has no relative path upwards
