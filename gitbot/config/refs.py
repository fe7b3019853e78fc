"""Names of Git refs and refspecs, by the rules of git-check-ref-format(1) and never like an option."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gitbot.printable import printable

_FORBIDDEN = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//")
_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class Refspec:
    """What is pushed where: `source` is `HEAD` or a full ref and means the new commit; `target` is a full ref."""

    source: str
    target: str


def check_refname(text: str) -> str:
    """Return a full ref name (`refs/heads/main`) as it is; raises ValueError."""
    if not text.startswith("refs/") or text.count("/") < 2:
        raise ValueError(f"{printable(text, 80)!r} is not a full ref name; write refs/heads/{printable(text, 80)}")
    return _check(text, text)


def check_branch(text: str) -> str:
    """Return a branch name as it is; raises ValueError, also for `HEAD` and `refs/heads/x`: git would nest that."""
    if text.startswith("refs/"):
        raise ValueError(f"want the short name of a branch; write {printable(text.removeprefix('refs/heads/'), 80)!r}")
    if text == "HEAD":
        raise ValueError("'HEAD' is no branch name; leave the branch out to take the remote's HEAD")
    return _check(text, f"refs/heads/{text}")


def check_tag(text: str) -> str:
    """Return a tag name as it is; raises ValueError."""
    if text.startswith("refs/"):
        raise ValueError(f"want the short name of a tag; write {printable(text.removeprefix('refs/tags/'), 80)!r}")
    return _check(text, f"refs/tags/{text}")


def check_commit(text: str) -> str:
    """Return a full commit name as it is; raises ValueError."""
    if not _COMMIT.fullmatch(text):
        raise ValueError(f"{printable(text, 80)!r} is not a commit; want all 40 hex digits, in lower case")
    return text


def parse_refspec(text: str) -> Refspec:
    """`HEAD:refs/heads/x` or `refs/heads/a:refs/heads/b` split; raises ValueError for force (`+`) and deletion."""
    shown = printable(text, 80)
    if text.startswith("+"):
        raise ValueError(f"{shown!r} would force the push; gitbot never does: take the '+' away")
    source, colon, target = text.partition(":")
    if not colon or not target:
        raise ValueError(f"{shown!r} names no target; write HEAD:refs/heads/NAME")
    if not source:
        raise ValueError(f"{shown!r} would delete {printable(target, 80)}; gitbot deletes no ref")
    if source != "HEAD":
        # A short name is read as a branch, as git does.
        source = check_refname(source) if source.startswith("refs/") else f"refs/heads/{check_branch(source)}"
    return Refspec(source, check_refname(target))


def check_refspec(text: str) -> str:
    """Return a refspec as it is; raises ValueError."""
    parse_refspec(text)
    return text


def _check(text: str, full: str) -> str:
    parts = full.split("/")
    wrong = (
        not text
        or text.startswith("-")
        or _FORBIDDEN.search(full)
        or full.endswith((".", "/"))
        or any(not part or part.startswith(".") or part.endswith(".lock") for part in parts)
        or text == "@"
    )
    if wrong:
        raise ValueError(f"{printable(text, 80)!r} is not a valid name of a Git ref (see git check-ref-format)")
    return text
