"""`gitbot run` and `gitbot plan`: one run of all or some automations, for real or described."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gitbot.cli.output import include_option, output_option, print_json, print_problems
from gitbot.cli.report import print_outcome, print_summary

if TYPE_CHECKING:
    from gitbot.automation.outcome import Outcome
    from gitbot.errors import Problem

config_option = click.option(
    "--config",
    "-c",
    "config_path",
    type=click.Path(path_type=Path),
    help="Configuration; $GITBOT_CONFIG or ./gitbot.yaml.",
)
held_option = click.option("--fail-on-held", is_flag=True, help="Exit 1 also for changes that wait for a person.")
strict_option = click.option("--strict", is_flag=True, help="Exit 1 also for problems and held markers.")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """The arguments that `run` and `plan` share."""

    config_path: Path | None
    names: tuple[str, ...]
    dry: bool
    output: str
    include: tuple[str, ...] = ()
    force: bool = False
    strict: bool = False
    fail_on_held: bool = False
    diff: bool = False

    @property
    def everything(self) -> bool:
        """Whether this is a plain run of all automations: the one that may be cut short when nothing has moved."""
        return not (self.dry or self.force or self.names or self.include)


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@config_option
@include_option
@click.option("--force", is_flag=True, help="Run in full even when nothing has moved.")
@click.option("--dry-run", is_flag=True, help="Do everything but commit and push.")
@strict_option
@held_option
@output_option
def run(  # noqa: PLR0913, PLR0917 - one parameter an option
    names: tuple[str, ...],
    config_path: Path | None,
    include: tuple[str, ...],
    force: bool,
    dry_run: bool,
    strict: bool,
    fail_on_held: bool,
    output: str,
) -> int:
    """Run all automations, or those named (name or namespace/name), once."""
    what: dict[str, Any] = {"config_path": config_path, "names": names, "output": output, "include": include}
    call = _Call(**what, dry=dry_run, force=force, strict=strict, fail_on_held=fail_on_held)
    return _exit_code(_carry_out(call), call)


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@config_option
@include_option
@click.option("--exit-code", is_flag=True, help="Exit 3 when something would change.")
@strict_option
@held_option
@output_option
def plan(  # noqa: PLR0913, PLR0917 - one parameter an option
    names: tuple[str, ...],
    config_path: Path | None,
    include: tuple[str, ...],
    exit_code: bool,
    strict: bool,
    fail_on_held: bool,
    output: str,
) -> int:
    """Show what `run` would do: the diff, the message, the problems. Changes nothing."""
    what: dict[str, Any] = {"config_path": config_path, "names": names, "output": output, "include": include}
    call = _Call(**what, dry=True, diff=True, strict=strict, fail_on_held=fail_on_held)
    outcomes = _carry_out(call)
    code = _exit_code(outcomes, call)
    changes = any(outcome.outcome == "planned" for outcome in outcomes)
    return 3 if exit_code and changes and code == 0 else code


def report_plan(config_path: Path) -> int:
    """What `gitbot plan` prints, for a configuration; its exit code."""
    call = _Call(config_path=config_path, names=(), dry=True, output="text", diff=True)
    return _exit_code(_carry_out(call), call)


def report_run(config_path: Path) -> int:
    """Run all automations of a configuration as `gitbot run` does; its exit code."""
    call = _Call(config_path=config_path, names=(), dry=False, output="text")
    return _exit_code(_carry_out(call), call)


def _carry_out(call: _Call) -> list[Outcome]:
    """Run, telling a person on the way or a machine at the end."""
    if call.everything and (skipped := _nothing_moved(call)) is not None:
        return skipped
    from gitbot.wiring import standing
    from gitbot.wiring.fleet import wired

    outcomes: list[Outcome] = []
    problems: tuple[Problem, ...] = ()
    laid_out = wired(call.config_path, call.names, dry=call.dry, force=call.force, clock=now, include=call.include)
    with _terminable(), laid_out as fleet:
        problems = fleet.problems
        print_problems(problems)
        for outcome in _with_progress(fleet.run(), len(fleet.jobs), quiet=call.output == "json"):
            outcomes.append(outcome)
            if call.output == "text":
                print_outcome(outcome, diff=call.diff)
        if call.everything and not problems:
            standing.keep(call.config_path, fleet.config, fleet.jobs, outcomes, fleet.tools.store)
    _close(outcomes, problems, call)
    return outcomes


def _nothing_moved(call: _Call) -> list[Outcome] | None:
    """The outcomes of a run that is known to have nothing to do, told as ever; None when that is not known."""
    from gitbot.wiring import standing

    with _terminable():
        outcomes = standing.nothing_moved(call.config_path, now)
    if outcomes is not None:
        for outcome in outcomes if call.output == "text" else ():
            print_outcome(outcome)
        _close(outcomes, (), call)
    return outcomes


def _close(outcomes: list[Outcome], problems: Iterable[Problem], call: _Call) -> None:
    if call.output == "json":
        print_json(as_document(outcomes, problems))
    else:
        print_summary(outcomes)


def as_document(outcomes: Iterable[Outcome], problems: Iterable[Problem] = ()) -> dict[str, Any]:
    """The JSON of `run` and `plan`; `problems` are those of result files, where there are any."""
    document: dict[str, Any] = {"automations": [outcome.as_dict() for outcome in outcomes]}
    shown = [problem.as_dict() for problem in problems]
    return document | ({"problems": shown} if shown else {})


def _exit_code(outcomes: list[Outcome], call: _Call) -> int:
    """1 when an automation, a policy or a file failed; where asked for, also for any held marker, or any problem."""
    if any(outcome.failed for outcome in outcomes):
        return 1
    held = any(outcome.held for outcome in outcomes)
    problems = any(outcome.problems for outcome in outcomes)
    return int((call.strict and (problems or held)) or (call.fail_on_held and held))


def _with_progress(outcomes: Iterator[Outcome], total: int, *, quiet: bool) -> Iterator[Outcome]:
    """On a terminal, say what is going on while it is; nothing of that stays."""
    if quiet or not sys.stderr.isatty():
        yield from outcomes
        return
    from rich.console import Console

    done = 0
    with Console(stderr=True).status(f"running {total} automation(s)") as status:
        for outcome in outcomes:
            done += 1
            status.update(f"running automation {min(done + 1, total)} of {total}")
            yield outcome


@contextmanager
def _terminable() -> Iterator[None]:
    """SIGTERM ends the run as Ctrl-C does: children are killed, private files removed, the lease given back."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def now() -> datetime:
    """This moment."""
    return datetime.now(UTC)  # noqa: TID251 - the command line is where the time comes from
