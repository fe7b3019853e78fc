"""Problems as other tools read them: SARIF 2.1.0 and GitHub's workflow commands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from gitbot import __version__
from gitbot.errors import Problem
from gitbot.printable import printable

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_RULES = {
    "malformed-marker": "A comment that holds $imagepolicy is no marker.",
    "misplaced-marker": "A marker stands where it speaks for no value.",
    "unknown-part": "A marker asks for a part that an image does not have.",
    "unknown-policy": "A marker names a policy that there is not.",
    "missing-digest": "A marker asks for a digest, and the policy knows none.",
    "policy-failed": "The policy of a marker elects nothing.",
    "invalid-reference": "The policy of a marker elects what is no image reference.",
    "unparsable-document": "A document with markers is no valid YAML.",
    "not-utf8": "A file with markers is not UTF-8.",
    "path-encoding": "The path of a file with markers is not UTF-8.",
    "refused-edit": "A marked value cannot be replaced safely.",
    "limit": "A file with markers is beyond what is read.",
    "unreadable": "A file or folder cannot be read.",
}


def sarif(problems: Iterable[Problem]) -> dict[str, Any]:
    """A SARIF log of one run, as code scanning services take it."""
    found = list(problems)
    codes = list(dict.fromkeys([*_RULES, *(problem.code for problem in found)]))
    rules = [{"id": code, "shortDescription": {"text": _RULES.get(code, code)}} for code in codes]
    driver = {"name": "gitbot", "version": __version__, "rules": rules}
    results = [_result(problem, codes.index(problem.code)) for problem in found]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def github(problem: Problem) -> str:
    """One workflow command that shows a problem beside the line; nothing in it can begin another command."""
    level = "notice" if problem.severity == "note" else problem.severity
    places = {"file": problem.path, "line": problem.line, "col": problem.column}
    shown = [f"{key}={_property(str(value))}" for key, value in places.items() if value]
    shown.append(f"title={_property('gitbot ' + problem.code)}")
    return f"::{level} {','.join(shown)}::{_message(said(problem))}"


def said(problem: Problem) -> str:
    """The message and, behind it, what to do next."""
    return f"{problem.message} ({problem.hint})" if problem.hint else problem.message


def _result(problem: Problem, rule: int) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": quote(problem.path)}}
    if problem.line:
        place["region"] = {"startLine": problem.line} | ({"startColumn": problem.column} if problem.column else {})
    result: dict[str, Any] = {
        "ruleId": problem.code,
        "ruleIndex": rule,
        "level": problem.severity,
        "message": {"text": printable(said(problem), 2000)},
    }
    return result | ({"locations": [{"physicalLocation": place}]} if problem.path else {})


def _message(text: str) -> str:
    return printable(text, 2000).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
