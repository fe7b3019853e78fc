"""Elected images given from outside, in JSON or YAML: `ns:name → image:tag@digest`, or Flux's ImagePolicy objects."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gitbot.config import document
from gitbot.config.document import Document, DocumentError, key_path
from gitbot.config.fields import check_name, check_namespace
from gitbot.errors import ConfigError, GitbotError, Problem
from gitbot.image import ImageRef
from gitbot.policies.objects import BadEntryError, Entry, elected_of, is_object, objects_in, reference
from gitbot.printable import printable

STDIN = "-"
_MAX_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """What result files say, by `ns:name`: the image, or why there is none; the labels an ImagePolicy object had."""

    images: Mapping[str, ImageRef] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def read_results(paths: Sequence[Path | str], stdin: bytes | None) -> tuple[dict[str, ImageRef], tuple[Problem, ...]]:
    """Read result files: the elected images, and a problem for each entry that is wrong (see `load_results`)."""
    results = load_results(paths, stdin)
    return dict(results.images), results.problems


def load_results(paths: Sequence[Path | str], stdin: bytes | None) -> Results:
    """Read result files in turn; `-` is standard input, given as bytes. A later file replaces what an earlier one says.

    An entry that is wrong fails its policy alone and is a problem. Raises ConfigError for a file that cannot be read.
    """
    entries: dict[str, Entry] = {}
    problems: list[Problem] = []
    for path in paths:
        found, wrong = _file(str(path), _bytes(path, stdin))
        entries |= found
        problems += wrong
    return Results(
        images={key: entry.image for key, entry in entries.items() if entry.image is not None},
        failed={key: entry.failure for key, entry in entries.items() if entry.image is None and _is_key(key)},
        labels={key: entry.labels for key, entry in entries.items() if entry.labels},
        problems=tuple(problems),
    )


def _bytes(path: Path | str, stdin: bytes | None) -> bytes:
    if str(path) == STDIN:
        if stdin is None:
            raise _unreadable("-", "standard input is not there to be read")
        return stdin
    try:
        with Path(path).open("rb") as file:
            return file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise _unreadable(str(path), f"the result file cannot be read: {error.strerror}") from error


def _file(path: str, data: bytes) -> tuple[dict[str, Entry], list[Problem]]:
    try:
        found = _documents(document.decode(data, _MAX_BYTES))
    except DocumentError as error:
        raise _unreadable(path, error.message, error.line, error.column) from None
    if all(one.value is None for one in found):
        raise _unreadable(path, "the result file is empty: not one policy is in it")
    entries: dict[str, Entry] = {}
    problems: list[Problem] = []
    for one in found:
        if one.value is not None:
            _take(path, one, entries, problems)
    return entries, problems


def _documents(text: str) -> list[Document]:
    """All documents; JSON, as kubectl prints it, by the much faster way, without places."""
    if text.lstrip()[:1] in {"{", "["}:
        mistakes: list[tuple[document.Path, document.Place, str]] = []
        try:
            return [Document(json.loads(text, object_pairs_hook=lambda pairs: _pairs(pairs, mistakes)), {}, mistakes)]
        except (ValueError, RecursionError):
            pass  # flow style YAML begins in the same way
    return document.documents(text)


def _pairs(pairs: list[tuple[str, Any]], mistakes: list[tuple[document.Path, document.Place, str]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            mistakes.append(((key,), (0, 0), f"the key {printable(key, 80)!r} stands twice in this mapping"))
        found.setdefault(key, value)
    return found


def _take(path: str, one: Document, entries: dict[str, Entry], problems: list[Problem]) -> None:
    """Add the entries of one document; one that is wrong or contradicts another fails."""
    mistakes = {at[0]: text for at, _, text in one.mistakes if at}
    for at, key, raw in _raw(path, one):
        entry, code = _entry(key, raw, mistakes.get(at[0]) if at else None)
        if key in entries and entries[key] != entry:
            entry, code = Entry(failure="another entry of this file says otherwise"), "invalid-result"
        entries[key] = entry
        if entry.image is None:
            problems.append(_problem(path, one, at, code, f"policy {key}: {entry.failure}"))


def _entry(key: str, raw: Any, mistake: str | None) -> tuple[Entry, str]:
    """What an entry says, and the code of the problem when it is wrong."""
    try:
        _check_key(key)
        if mistake is not None:
            return Entry(failure=mistake), "invalid-result"
        return (elected_of(raw) if is_object(raw) else Entry(image=reference(raw))), ""
    except BadEntryError as error:
        return Entry(failure=error.message, labels=error.labels), error.code


def _problem(path: str, one: Document, at: document.Path, code: str, message: str) -> Problem:
    line, column = one.place(at) if one.places else (0, 0)
    return Problem(
        path=path,
        line=line,
        column=column,
        key_path=key_path(at),
        code=code,
        message=printable(message),
        severity="error",
    )


def _raw(path: str, one: Document) -> Iterator[tuple[document.Path, str, Any]]:
    """Each entry of a document: its place, its `ns:name`, and what it says."""
    value = one.value
    if isinstance(value, dict) and not is_object(value):
        for key, raw in value.items():
            yield (key,), key, raw
        return
    for at, item in objects_in(value):
        metadata = item.get("metadata")
        metadata = metadata if isinstance(metadata, dict) else {}
        yield at, f"{metadata.get('namespace') or 'default'}:{metadata.get('name') or ''}", item
    if not isinstance(value, dict | list):
        raise _unreadable(path, 'want a mapping {"ns:name": "image:tag"} or ImagePolicy objects', *one.place(()))


def _is_key(key: str) -> bool:
    try:
        _check_key(key)
    except BadEntryError:
        return False
    return True


def _check_key(key: str) -> None:
    namespace, colon, name = key.partition(":")
    if not colon:
        raise BadEntryError("invalid-result", "want the policy as namespace:name")
    try:
        check_namespace(namespace)
        check_name(name)
    except ValueError as error:
        raise BadEntryError("invalid-result", str(error)) from None


def _unreadable(path: str, message: str, line: int = 0, column: int = 0) -> GitbotError:
    problem = Problem(path=path, line=line, column=column, code="results", severity="error", message=message)
    hint = 'a result file is {"namespace:name": "image:tag@digest"} or `kubectl get imagepolicies -A -o json`'
    return ConfigError((problem,), hint=hint)
