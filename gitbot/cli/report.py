"""Outcomes for a person: what was pushed, what would be, what was left and why."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import click

from gitbot.cli.boundary import say_error
from gitbot.cli.output import counted, print_problems
from gitbot.printable import printable
from gitbot.secret import mask

if TYPE_CHECKING:
    from gitbot.automation.outcome import Outcome

_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


def print_outcome(outcome: Outcome, *, diff: bool = False) -> None:
    """One automation: a headline, the diff when asked for, the message, every problem, the error."""
    _say(headline(outcome))
    if diff and outcome.diff:
        print_diff(outcome.diff)
    if outcome.message:
        _say("\n".join(f"    {printable(line)}" for line in outcome.message.rstrip("\n").split("\n")))
    for held in outcome.held:
        _say(held_line(held if isinstance(held, Mapping) else held.as_dict()))
    print_problems(outcome.problems)
    if outcome.error:
        say_error(outcome.error)


def held_line(held: Mapping[str, Any]) -> str:
    """`apps/a.yaml:12: held: x:1 -> x:2: another app version (default:app)`, on one printable line."""
    text = f"{held['path']}:{held['line']}: held: {held['currentValue']} -> {held['wantedValue']}: {held['reason']}"
    return printable(f"{text} ({held['policy']})", 1000)


def headline(outcome: Outcome) -> str:
    """`ns/name: pushed commit 'a47b32f' to branch 'main' (3 changes in 2 files)`, in Flux's words where it has some."""
    key = f"{outcome.namespace}/{outcome.name}"
    branch = printable(outcome.branch)
    texts = {
        "pushed": f"pushed commit '{outcome.commit[:7]}' to branch '{branch}' ({_size(outcome)})",
        "planned": f"would push to branch '{branch}' ({_size(outcome)})",
        "up-to-date": "repository up-to-date",
        "already-running": "already running",
    }
    note = f": {printable(outcome.note)}" if outcome.note else ""
    return f"{key}: {texts.get(outcome.outcome, outcome.outcome)}{note}"


def _size(outcome: Outcome) -> str:
    return f"{counted(outcome.changes, 'change')} in {counted(len(outcome.result['files']), 'file')}"


def print_diff(diff: str) -> None:
    """A unified diff, coloured on a terminal; what could drive the terminal is escaped."""
    for line in diff.rstrip("\n").split("\n"):
        shown = printable(line.removesuffix("\r").replace("\t", "    "), 2000)
        head = line.startswith(("+++", "---", "diff ", "index "))
        colour = None if head else _COLOURS.get(line[:1])
        _say(click.style(shown, fg=colour, bold=head) if sys.stdout.isatty() else shown)


def print_summary(outcomes: Iterable[Outcome]) -> None:
    """The last line: how many of which outcome, and how many problems."""
    found = list(outcomes)
    counts = Counter(outcome.outcome for outcome in found)
    parts = ", ".join(f"{number} {kind}" for kind, number in sorted(counts.items())) or "nothing to run"
    problems = sum(len(outcome.problems) for outcome in found)
    held = sum(len(outcome.held) for outcome in found)
    ending = f"; {counted(held, 'change')} held" if held else ""
    ending += f"; {counted(problems, 'problem')}" if problems else ""
    _say(f"{counted(len(found), 'automation')}: {parts}{ending}")


def _say(text: str) -> None:
    click.echo(mask(text))
