"""`gitbot apply`: edit marked files of a folder in place, without Git."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import click

from gitbot.cli.boundary import say_error
from gitbot.cli.diff import unified
from gitbot.cli.folders import Tree, elections_from, tree
from gitbot.cli.output import counted, output_option, print_json, print_problems
from gitbot.cli.report import print_diff
from gitbot.errors import GitbotError, Problem
from gitbot.plan.plan import Plan, plan
from gitbot.plan.result import ResultV2
from gitbot.printable import printable
from gitbot.secret import mask
from gitbot.source.folder import write

CHANGES_FOUND = 3


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--policies", required=True, help="Elected images: a mapping ns:name to image, or ImagePolicy objects; - is stdin."
)
@click.option("--check", is_flag=True, help="Write nothing; exit 3 when something would change.")
@click.option("--diff", is_flag=True, help="Show the changes as a unified diff.")
@output_option
def apply(paths: tuple[Path, ...], policies: str, check: bool, diff: bool, output: str) -> int:
    """Put the elected images into the marked fields of files; a file named here is read whatever its name.

    Exits 0 when done, 1 when a policy's result or a file failed (the others are still done), 3 when --check finds changes.
    """
    elections, wrong = elections_from(policies)
    found = tree(paths, from_folder=True)
    planned = plan(found.scans(), elections)
    planned, failed = (planned, []) if check else _write(planned, found)
    planned = replace(planned, problems=(*wrong, *sorted((*found.problems, *planned.problems))))
    if output == "json":
        print_json(planned.as_dict())
    else:
        _say(planned, found, check=check, diff=diff)
    for error in failed:
        say_error(error)
    if failed or any(problem.severity == "error" for problem in wrong):
        return 1
    return CHANGES_FOUND if check and planned.result else 0


def _write(planned: Plan, found: Tree) -> tuple[Plan, list[GitbotError]]:
    """Write every file; what could not be written is no change."""
    failed: dict[str, GitbotError] = {}
    for path, data in planned.writes.items():
        try:
            write(found.files[path], data)
        except GitbotError as error:
            failed[path] = error
    kept = {path: objects for path, objects in planned.result.file_changes.items() if path not in failed}
    writes = {path: data for path, data in planned.writes.items() if path not in failed}
    lost = (
        Problem(path=path, code="refused-edit", message=error.message, severity="error")
        for path, error in failed.items()
    )
    problems = (*planned.problems, *lost)
    return replace(planned, result=ResultV2(kept), writes=writes, problems=problems), list(failed.values())


def _say(planned: Plan, found: Tree, *, check: bool, diff: bool) -> None:
    if diff:
        for path, data in planned.writes.items():
            print_diff(unified(printable(path), _text(found.files[path].data), _text(data)))
    else:
        _say_lines(_changes(planned.result))
    print_problems(planned.problems)
    count = sum(len(changes) for objects in planned.result.file_changes.values() for changes in objects.values())
    done = "would change" if check else "changed"
    files, problems = counted(len(planned.writes), "file"), counted(len(planned.problems), "problem")
    sys.stderr.write(f"{counted(count, 'value')} {done} in {files}; {problems}\n")


def _changes(result: ResultV2) -> Iterable[str]:
    for path, objects in result.file_changes.items():
        for change in sorted((one for changes in objects.values() for one in changes), key=lambda one: one.line):
            old, new = printable(change.old_value), printable(change.new_value)
            yield f"{printable(path)}:{change.line}: {old} -> {new} ({change.setter})"


def _say_lines(lines: Iterable[str]) -> None:
    for line in lines:
        sys.stdout.write(mask(line) + "\n")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
