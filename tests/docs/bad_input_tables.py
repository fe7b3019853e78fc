"""The tables of docs/bad-input.md."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from tests.docs.bad_input import KINDS, Row, rows
from tests.docs.markdown import code, table

_QUOTED = re.compile(r'"([A-Za-z][\w./-]*|[0-9a-f]{40})"')  # what needs no quotes in YAML


def table_of(kind: str) -> str:
    """The table of one kind of bad input."""
    return f"{_LEADS[kind]}\n\n{table(_HEADINGS[kind], (_LINES[kind](row) for row in rows(kind)))}"


def _said(row: Row) -> str:
    return code(row.says.replace("[...]", "…"))


def _asked(row: Row) -> str:
    """What is to be done; the backticks in it are those of Markdown, but for a whole marker."""
    wanted: str = row.more.get("next", "")
    return code(wanted) if "{" in wanted else wanted.replace("<", "\\<")


def _context(row: Row) -> str:
    """The options that a row sets, as a user writes them."""
    sections = (row.more.get(key, {}) for key in ("config", "repository", "automation"))
    shown = (f"{key}: {json.dumps(value)}" for options in sections for key, value in options.items())
    return code(_QUOTED.sub(r"\1", "\n".join(shown)))


_HEADINGS = {
    "configuration": ("what is wrong", "for example", "gitbot says", "exit code"),
    "secrets": ("what is wrong", "gitbot says", "exit code"),
    "markers": ("what is wrong", "for example", "code", "gitbot says", "what to do", "exit code"),
    "templates": ("what is wrong", "for example", "gitbot says", "exit code"),
    "results": ("what is wrong", "for example", "gitbot says", "exit code"),
    "repositories": ("what is wrong", "for example", "gitbot says", "what to do", "exit code"),
}
_LEADS = {
    "configuration": "Tried with `gitbot config check`, in a configuration that has nothing else wrong.",
    "secrets": "Tried with `gitbot run`. The automations of this repository fail; the server is not asked.",
    "markers": "Tried with `gitbot lint`, or `gitbot apply` where the policy decides. No byte of the file changes.",
    "templates": "Tried with `gitbot template check`; the same words follow the place in `gitbot config check`.",
    "results": "Tried with `gitbot apply --policies`. Exit code 1: the other policies of the file are applied.",
    "repositories": "Tried with `gitbot run`. Other automations run all the same.",
}
_LINES: dict[str, Callable[[Row], list[str]]] = {
    "configuration": lambda row: [row.what, code(row.write), _said(row), str(row.exit)],
    "secrets": lambda row: [row.what, _said(row), str(row.exit)],
    "markers": lambda row: [
        row.what, code(row.write), code(row.more.get("code", "")), _said(row), _asked(row), str(row.exit),
    ],
    "templates": lambda row: [row.what, code(row.write), _said(row), str(row.exit)],
    "results": lambda row: [row.what, code(row.write), _said(row), str(row.exit)],
    "repositories": lambda row: [row.what, _context(row), _said(row), _asked(row), str(row.exit)],
}  # fmt: skip
assert set(_LINES) == set(KINDS)
