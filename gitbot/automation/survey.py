"""The marked files of a commit, read and scanned: only those whose markers could change or say something are handed on.

What the markers of a file are and what they mark depends on its blob alone, so it is remembered beside the cache: a run
reads the files that changed since, and those in which a policy's image differs from what stands there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, get_args

from gitbot import __version__
from gitbot.errors import Problem
from gitbot.markers.grammar import Part
from gitbot.markers.limits import MAX_BYTES
from gitbot.markers.scan import Scan, scan
from gitbot.plan.wishes import Mark, Wishes
from gitbot.policies.election import Elections
from gitbot.source import tree
from gitbot.source.session import Session
from gitbot.source.tree import Marked, Scope

# (policy, part, value) of every working marker of a file; None: unknown, or the file has problems that must be said again.
Known = tuple[Mark, ...] | None
_BATCH_BYTES = 8 << 20
_BATCH_FILES = 1000
_SHA = re.compile(r"[0-9a-f]{40}")


@dataclass(slots=True)
class Survey:
    """What a commit holds for one scope: scans of the files to plan, and problems of files that are not even read."""

    scans: list[Scan]
    problems: tuple[Problem, ...]


@dataclass(slots=True)
class _Memory:
    tree: str
    marked: Marked
    known: dict[str, Known]


def survey(session: Session, commit: str, scope: Scope, elections: Elections) -> Survey:
    """Find, read and scan the marked files of a commit below a scope; raises GitbotError when the scope is not there."""
    specs = tree.pathspecs(session.bare, commit, scope)
    key = f"{__version__}\n" + "\n".join(specs)
    new_tree = session.bare.tree_of(commit)
    memory = _recall(session, key)
    now = _current(session, commit, memory, new_tree, specs)
    scans, limits = _read(session, commit, now, elections)
    if memory is None or memory.tree != new_tree or scans:
        session.folder.remember(key, _as_json(now))
    return Survey(scans, now.marked.problems + limits)


def _current(session: Session, commit: str, memory: _Memory | None, new_tree: str, specs: Sequence[str]) -> _Memory:
    """What is known of the new tree before any file is read."""
    if memory is not None and memory.tree == new_tree:
        return memory
    if memory is None or not session.bare.has_tree(memory.tree):
        return _Memory(new_tree, tree.search(session.bare, commit, specs), {})
    marked = tree.follow(session.bare, memory.marked, memory.tree, new_tree, specs)
    same = {path for path, oid in marked.blobs.items() if oid and memory.marked.blobs.get(path) == oid}
    return _Memory(new_tree, marked, {path: known for path, known in memory.known.items() if path in same})


def _read(session: Session, commit: str, now: _Memory, elections: Elections) -> tuple[list[Scan], tuple[Problem, ...]]:
    """Scan every file that is unknown or not settled, in batches; learn its blob and its markers."""
    wishes = Wishes(elections)
    wanted = [path for path in now.marked.blobs if not wishes.settled(now.known.get(path))]
    scans: list[Scan] = []
    problems: list[Problem] = []
    for batch, contents in _ahead(session, now, _batches(session, commit, wanted, now, problems)):
        for path, (_, data) in zip(batch, contents, strict=True):
            found = scan(path, data)
            known = None if found.problems else tuple((mark.policy, mark.part, mark.value) for mark in found.marked)
            now.known[path] = known
            if not wishes.settled(known):
                scans.append(found)
    return scans, tuple(problems)


def _ahead(
    session: Session, now: _Memory, batches: Iterator[list[str]]
) -> Iterator[tuple[list[str], list[tuple[str, bytes]]]]:
    """Each batch with its contents; git reads the next one while this one is scanned."""
    with ThreadPoolExecutor(1, thread_name_prefix="gitbot-read") as git:
        waiting: list[tuple[list[str], Future[list[tuple[str, bytes]]]]] = []
        for batch in batches:
            names = [now.marked.blobs[path].encode() for path in batch]
            waiting.append((batch, git.submit(_contents, session, names)))
            if len(waiting) > 1:
                before, contents = waiting.pop(0)
                yield before, contents.result()
        for before, contents in waiting:
            yield before, contents.result()


def _contents(session: Session, names: list[bytes]) -> list[tuple[str, bytes]]:
    return list(session.bare.blobs(names))


def _batches(
    session: Session, commit: str, wanted: Sequence[str], now: _Memory, problems: list[Problem]
) -> Iterator[list[str]]:
    """The files to read, a bounded number of bytes at a time; a file over the limit is a problem and is never read."""
    sizes = session.bare.sizes([f"{commit}:{path}".encode() for path in wanted])
    batch: list[str] = []
    total = 0
    for path, (oid, size) in zip(wanted, sizes, strict=True):
        now.marked.blobs[path] = oid
        if size > MAX_BYTES:
            problems.append(_too_large(path, size))
            continue
        if batch and (total + size > _BATCH_BYTES or len(batch) >= _BATCH_FILES):
            yield batch
            batch, total = [], 0
        batch.append(path)
        total += size
    if batch:
        yield batch


def _too_large(path: str, size: int) -> Problem:
    return Problem(
        path=path,
        code="limit",
        severity="error",
        message=f"the file has {size} bytes, more than the {MAX_BYTES} that are read; it is left alone",
    )


def _as_json(memory: _Memory) -> dict[str, Any]:
    return {
        "tree": memory.tree,
        "files": {path: [oid, memory.known.get(path)] for path, oid in memory.marked.blobs.items()},
        "problems": [problem.as_dict() for problem in memory.marked.problems],
    }


def _recall(session: Session, key: str) -> _Memory | None:
    """What was remembered; anything that does not look like it is forgotten: the survey then starts anew."""
    stored = session.folder.recall(key)
    try:
        files: Mapping[str, Any] = stored["files"]
        blobs = {str(path): str(entry[0]) for path, entry in files.items()}
        known = {str(path): _known(entry[1]) for path, entry in files.items()}
        problems = tuple(_problem(item) for item in stored["problems"])
        return _Memory(_tree(stored["tree"]), Marked(blobs, problems), known)
    except (TypeError, KeyError, IndexError, ValueError):
        return None


def _tree(text: Any) -> str:
    if not isinstance(text, str) or not _SHA.fullmatch(text):
        raise ValueError("no object name")
    return text


def _known(rows: Iterable[Any] | None) -> Known:
    """Markers read back; a part that is none of ours makes the file unknown."""
    marks = () if rows is None else tuple((str(row[0]), row[1], str(row[2])) for row in rows)
    return None if rows is None or any(part not in get_args(Part) for _, part, _ in marks) else marks


def _problem(item: Mapping[str, Any]) -> Problem:
    return Problem(path=item["path"], code=item["code"], message=item["message"], hint=item.get("hint", ""))
