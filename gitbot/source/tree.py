"""The YAML files of a commit that hold the marker token: below the update paths, minus the excludes, never through a link."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gitbot.errors import GitbotError, Problem
from gitbot.git.repository import REGULAR, TOKEN, Bare, Entry
from gitbot.printable import printable

_NAMES = ("*.yaml", "*.yml", "Kustomization")
_LONGEST_PATH = 4096  # bytes; Linux itself opens no longer one
_MOST_BYTES = 16 << 20  # of changed files that are read to see whether they hold the token
_MAGIC = str.maketrans({char: f"\\{char}" for char in "*?[]\\"})


@dataclass(frozen=True, slots=True)
class Scope:
    """Which files one automation may change: paths relative to the repository root ("" is all of it), and globs left out."""

    paths: tuple[str, ...]
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Marked:
    """Files with the token: path → blob ("" until it is read); and what stands in the way of others."""

    blobs: dict[str, str]
    problems: tuple[Problem, ...] = ()


def normalise(path: str) -> str:
    """`./a/../b/` → `b`, `/` → "": the update path as a path below the root; the configuration refuses one that leaves."""
    clean = posixpath.normpath("/" + path.strip()).lstrip("/")
    return "" if clean == "." else clean


def pathspecs(bare: Bare, commit: str, scope: Scope) -> list[str]:
    """Git pathspecs for the scope in this commit; raises GitbotError for a path that is absent, a link or a submodule."""
    found: list[str] = []
    for path in scope.paths:
        found += _below(bare, commit, normalise(path))
    for pattern in scope.exclude:
        clean = pattern.removeprefix("./").strip("/")
        found += [f":(exclude,glob){clean}", f":(exclude,glob){clean}/**"]
    return found


def _below(bare: Bare, commit: str, path: str) -> list[str]:
    if not path:
        return [f":(glob)**/{name}" for name in _NAMES]
    entry = bare.entry(commit, path)
    if entry is None:
        raise GitbotError(
            f"the path {printable(path)!r} is not in the repository",
            hint="check `update.path`; it counts from the root of the repository",
            reason="UpdateFailed",
        )
    if entry.mode == "040000":
        return [f":(glob){path.translate(_MAGIC)}/**/{name}" for name in _NAMES]
    if entry.mode not in REGULAR:
        what = {"120000": "a symbolic link", "160000": "a submodule"}.get(entry.mode, "no regular file")
        raise GitbotError(
            f"the path {printable(path)!r} is {what}, which is never followed",
            hint="name the place itself",
            reason="UpdateFailed",
        )
    is_yaml = path.endswith((".yaml", ".yml")) or posixpath.basename(path) == "Kustomization"
    return [f":(literal){path}"] if is_yaml else [":(literal).gitbot-no-such-file"]


def left_out(scope: Scope, path: str) -> str:
    """Why a scope leaves a file of the repository out, "" when it covers it; the rules are those of the pathspecs above."""
    name = posixpath.basename(path)
    if not any(name.endswith(end.lstrip("*")) if end.startswith("*") else name == end for end in _NAMES):
        return "its name is none of *.yaml, *.yml and Kustomization"
    folders = [normalise(folder) for folder in scope.paths]
    if not any(not folder or path == folder or path.startswith(f"{folder}/") for folder in folders):
        return f"it is not below update.path ({', '.join(folder or '.' for folder in folders)})"
    for pattern in scope.exclude:
        clean = pattern.removeprefix("./").strip("/")
        if _glob(clean).fullmatch(path) or _glob(f"{clean}/**").fullmatch(path):
            return f"update.exclude has {pattern}"
    return ""


def _glob(pattern: str) -> re.Pattern[str]:
    """Git's glob pathspec as a regular expression: `*` and `?` stay within a folder, `**` as a whole part does not."""
    out, rest = "", pattern
    while rest:
        if rest.startswith("**/"):
            out, rest = f"{out}(?:.*/)?", rest[3:]
        elif rest == "**":
            out, rest = f"{out}.*", ""
        elif rest[0] == "*":
            out, rest = f"{out}[^/]*", rest.lstrip("*")
        elif rest[0] == "?":
            out, rest = f"{out}[^/]", rest[1:]
        elif rest[0] == "[" and "]" in rest[2:]:
            end = rest.index("]", 2)
            inner = rest[1:end].replace("\\", "\\\\")
            out, rest = f"{out}[{'^' + inner[1:] if inner[0] in '!^' else inner}]", rest[end + 1 :]
        else:
            out, rest = out + re.escape(rest[0]), rest[1:]
    return re.compile(out)


def search(bare: Bare, commit: str, specs: Sequence[str]) -> Marked:
    """Every file of the commit that holds the token, found by one `git grep` over the whole scope; blobs are not known yet."""
    names, problems = _decoded(bare.grep(commit, specs))
    return Marked(dict.fromkeys(names, ""), problems)


def follow(bare: Bare, before: Marked, old_tree: str, new_tree: str, specs: Sequence[str]) -> Marked:
    """What `search` would find in the new tree, from what it found in the old: only the difference is looked at."""
    changed = bare.changed(old_tree, new_tree, specs)
    regular = [entry for entry in changed if entry.mode in REGULAR]
    gone = {entry.path.decode("utf-8", "replace") for entry in changed}
    if _is_much(bare, regular) or {problem.path for problem in before.problems} & set(map(printable, gone)):
        return search(bare, new_tree, specs)
    contents = bare.blobs(entry.oid.encode() for entry in regular)
    holding = {
        entry.path: entry.oid
        for entry, (_, content) in zip(regular, contents, strict=True)
        if TOKEN.encode() in content
    }
    names, problems = _decoded(holding)
    blobs = {path: oid for path, oid in before.blobs.items() if path not in gone}
    blobs |= {name: holding[name.encode()] for name in names}
    return Marked(dict(sorted(blobs.items())), before.problems + problems)


def _is_much(bare: Bare, entries: Sequence[Entry]) -> bool:
    """Whether these files are too large to be read here: git then searches them itself, a file at a time."""
    return sum(size for _, size in bare.sizes([entry.oid.encode() for entry in entries])) > _MOST_BYTES


def _decoded(paths: Iterable[bytes]) -> tuple[list[str], tuple[Problem, ...]]:
    """Paths as text; one that no report, no JSON or no command line could hold is a problem."""
    names, problems = [], []
    for path in paths:
        if why := _unusable(path):
            message = f"the name of this file {why}; it is left alone"
            shown = printable(path.decode("utf-8", "replace"))
            problems.append(
                Problem(path=shown, code="path-encoding", severity="warning", message=message, hint="rename the file")
            )
        else:
            names.append(path.decode())
    return sorted(names), tuple(problems)


def _unusable(path: bytes) -> str:
    """Why a file of this name is not read, "" when it is: such trees are made by hand, and git itself refuses most of them."""
    try:
        path.decode()
    except UnicodeDecodeError:
        return "is not UTF-8"
    if len(path) > _LONGEST_PATH:
        return f"is longer than {_LONGEST_PATH} bytes"
    return "leaves its folder" if {b".", b"..", b""} & set(path.split(b"/")) else ""
