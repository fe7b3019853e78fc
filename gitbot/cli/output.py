"""How values are printed: JSON on standard output, problems one a line, nothing a repository says unescaped."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Any

import click

from gitbot.errors import Problem
from gitbot.printable import printable
from gitbot.secret import mask, masked

output_option = click.option(
    "--output", "-o", type=click.Choice(["text", "json"]), default="text", help="Form of the output."
)


include_option = click.option(
    "--include",
    metavar="PATH|-",
    multiple=True,
    help="Flux manifests: a file, a folder, a pattern, or - for standard input. May be repeated.",
)


def print_json(value: Any) -> None:
    """One JSON document on standard output, with every known secret masked in its texts; valid in any encoding."""
    document = masked(value)
    text = json.dumps(document, indent=2, ensure_ascii=False)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(document, indent=2)
    sys.stdout.write(text + "\n")


def counted(number: int, noun: str) -> str:
    """`1 change`, `2 changes`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def problem_line(problem: Problem) -> str:
    """`path:line: severity: message [code]`, as compilers write it, on one printable line."""
    place = printable(problem.place)
    text = f"{place}: " if place else ""
    return f"{text}{problem.severity}: {printable(problem.message)} [{problem.code}]"


def print_problems(problems: Iterable[Problem]) -> None:
    """Every problem on standard error, one a line."""
    for problem in problems:
        sys.stderr.write(mask(problem_line(problem)) + "\n")
