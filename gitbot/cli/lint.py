"""`gitbot lint`: markers that cannot work, each with its place."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitbot.cli.annotations import github, sarif
from gitbot.cli.folders import tree
from gitbot.cli.output import counted, include_option, print_json, problem_line
from gitbot.errors import Problem
from gitbot.markers.scan import Marked, Scan
from gitbot.printable import printable
from gitbot.secret import mask

if TYPE_CHECKING:
    from gitbot.config.models import Policy
    from gitbot.policies.resolve import Resolved

_FORMATS = click.Choice(["text", "json", "sarif", "github"])


@dataclass(slots=True)
class _Count:
    files: int = 0
    markers: int = 0


@dataclass(frozen=True, slots=True)
class _Known:
    """The policies of a configuration, and those that never know a digest."""

    resolved: Resolved
    without_digest: frozenset[str]


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--config", "-c", "config", type=click.Path(path_type=Path), help="Also find markers of unknown policies."
)
@include_option
@click.option("--format", "--output", "-o", "form", type=_FORMATS, default="text", help="Form of the output.")
def lint(paths: tuple[Path, ...], config: Path | None, include: tuple[str, ...], form: str) -> int:
    """Find markers that cannot work in files and folders (default: here); a file named here is read whatever its name.

    Exits 1 when there is an error, 0 when there are only warnings. Paths are shown from the current folder.
    """
    known = _known(config, include) if config or include else None
    count = _Count()
    found = tree(paths or (Path(),), from_folder=False)
    problems = [problem for scanned in found.scans() for problem in _of(scanned, known, count)]
    problems = sorted((*problems, *found.problems))
    _print(problems, form, count)
    return 1 if any(problem.severity == "error" for problem in problems) else 0


def _known(config: Path | None, include: tuple[str, ...]) -> _Known:
    from gitbot.config.load import Wanted
    from gitbot.policies.resolve import resolve
    from gitbot.wiring.configuration import configured

    found = configured(Wanted(path=config, include=include))
    return _Known(
        resolve(found, stdin=sys.stdin.buffer.read), frozenset(filter(None, map(_without_digest, found.policies)))
    )


def _without_digest(policy: Policy) -> str:
    """The key of a policy that never knows a digest, although its registry is not asked here; "" for others."""
    ordered = policy.policy.kind in {"semver", "alphabetical", "numerical", "leveled"}
    return policy.key if ordered and policy.digest_reflection_policy == "Never" else ""


def _of(scanned: Scan, known: _Known | None, count: _Count) -> Iterator[Problem]:
    count.files += 1
    count.markers += len(scanned.marked)
    yield from scanned.problems
    for marked in scanned.marked:
        problem = _doubt(marked, known) if known else None
        if problem is not None:
            yield problem


def _doubt(marked: Marked, known: _Known) -> Problem | None:
    """What the configuration says against a marker that is well-formed and well placed."""
    image = known.resolved.images.get(marked.policy)
    without = not image.digest if image is not None else marked.policy in known.without_digest
    if marked.policy not in known.resolved.labels:
        code, message, hint = (
            "unknown-policy",
            f"there is no policy {marked.policy}",
            "add the policy, or correct the marker",
        )
    elif marked.part == "digest" and without:
        code, message, hint = (
            "missing-digest",
            f"policy {marked.policy} knows no digest",
            "set digestReflectionPolicy on the policy, or use :tag",
        )
    else:
        return None
    return Problem(
        path=marked.path, line=marked.marker_line, code=code, message=message, key_path=marked.key_path, hint=hint
    )


def _print(problems: list[Problem], form: str, count: _Count) -> None:
    if form == "json":
        shown = [problem.as_dict() for problem in problems]
        print_json({"problems": shown, "files": count.files, "markers": count.markers})
    elif form == "sarif":
        print_json(sarif(problems))
    else:
        for problem in problems:
            line = github(problem) if form == "github" else _line(problem)
            sys.stdout.write(mask(line) + "\n")
        markers, files = counted(count.markers, "marker"), counted(count.files, "file")
        sys.stderr.write(f"{markers} in {files}; {counted(len(problems), 'problem')}\n")


def _line(problem: Problem) -> str:
    return problem_line(problem) + (f"\n  hint: {printable(problem.hint)}" if problem.hint else "")
