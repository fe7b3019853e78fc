"""What changes, as a value: ResultV2 (file → object → changes) and its JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from gitbot.errors import GitbotError
from gitbot.image import ImageRef, InvalidReferenceError
from gitbot.markers.grammar import Part, part_of
from gitbot.markers.identity import ObjectId
from gitbot.plan.older import Result, UpdatedImage

__all__ = [
    "Change",
    "ObjectChanges",
    "ObjectId",
    "Result",
    "ResultV2",
    "UpdatedImage",
    "below",
    "older_result",
    "result_of",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One value that becomes another: what the marker asked for, and where it stands in the old text.

    `line` and `column` are 1-based, in characters; 0 where a result read from JSON does not say. `document` is the
    0-based number of the document in its file.
    """

    old_value: str
    new_value: str
    setter: str
    policy: str = ""
    part: Part = "image"
    line: int = 0
    column: int = 0
    key_path: str = ""
    document: int = 0

    def as_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "oldValue": self.old_value,
            "newValue": self.new_value,
            "setter": self.setter,
            "policy": self.policy,
            "part": self.part,
            "line": self.line,
            "column": self.column,
            "keyPath": self.key_path,
            "document": self.document,
        }


ObjectChanges = Mapping[ObjectId, tuple[Change, ...]]


@dataclass(frozen=True, slots=True)
class ResultV2:
    """Every change of a run: files sorted by path, objects as Go ranges them, changes in document order.

    True when there is any change.
    """

    file_changes: Mapping[str, ObjectChanges] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.file_changes)

    def changes(self) -> tuple[Change, ...]:
        """The distinct changes (by old value, new value and setter), in the order of the result."""
        distinct: dict[tuple[str, str, str], Change] = {}
        for _, _, change in self._all():
            distinct.setdefault((change.old_value, change.new_value, change.setter), change)
        return tuple(distinct.values())

    def objects(self) -> ObjectChanges:
        """The changes of each object, merged over the files that hold it, sorted by object."""
        merged: dict[ObjectId, list[Change]] = {}
        for _, identity, change in self._all():
            merged.setdefault(identity, []).append(change)
        return {identity: tuple(merged[identity]) for identity in sorted(merged)}

    def as_dict(self) -> dict[str, Any]:
        """The JSON form: the value of `changed`."""
        return {
            "files": [
                {"path": path, "objects": [_object(identity, changes) for identity, changes in objects.items()]}
                for path, objects in self.file_changes.items()
            ]
        }

    @classmethod
    def from_dict(cls, changed: Mapping[str, Any]) -> ResultV2:
        """Read the JSON form back; only path, the object's four fields, oldValue, newValue and setter are needed.

        Raises GitbotError when these are not there.
        """
        try:
            return result_of(
                (str(file["path"]), _identity(one), _change(change))
                for file in changed["files"]
                for one in file["objects"]
                for change in one["changes"]
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise GitbotError(f"not a result: {error!r}", hint="see `gitbot schema result`") from None

    def _all(self) -> Iterator[tuple[str, ObjectId, Change]]:
        for path, objects in self.file_changes.items():
            for identity, changes in objects.items():
                for change in changes:
                    yield path, identity, change


def result_of(changes: Iterable[tuple[str, ObjectId, Change]]) -> ResultV2:
    """Put changes (file, object, change; those of one object in document order) into the order of a result."""
    files: dict[str, dict[ObjectId, list[Change]]] = {}
    for path, identity, change in changes:
        files.setdefault(path, {}).setdefault(identity, []).append(change)
    return ResultV2(
        {path: {identity: tuple(files[path][identity]) for identity in sorted(files[path])} for path in sorted(files)}
    )


def below(result: ResultV2, folder: str) -> ResultV2:
    """The same result with paths that start at a folder, as Flux's messages have them; "" is the root.

    (image-automation-controller, internal/update/filereader.go.)
    """
    if not folder:
        return result
    return ResultV2({path.removeprefix(f"{folder}/"): objects for path, objects in result.file_changes.items()})


def older_result(result: ResultV2, images: Mapping[str, ImageRef]) -> Result:
    """Turn a result into the older one; `images` are the elected ones by `ns:name`, a change of no such policy is left out.

    Where a policy answers each marker for itself the image is the one that was written, as far as the change tells.
    """
    files: dict[str, Mapping[ObjectId, tuple[UpdatedImage, ...]]] = {}
    for path, objects in result.file_changes.items():
        found = {
            identity: tuple(dict.fromkeys(_updated(one, images[one.policy]) for one in changes if one.policy in images))
            for identity, changes in objects.items()
        }
        files[path] = {identity: written for identity, written in found.items() if written}
    return Result({path: objects for path, objects in files.items() if objects})


def _updated(one: Change, elected: ImageRef) -> UpdatedImage:
    if one.part == "tag" and one.new_value != elected.tag:
        return UpdatedImage(ImageRef(elected.name, one.new_value), one.policy)
    if one.part == "image" and one.new_value != str(elected):
        with suppress(InvalidReferenceError):
            return UpdatedImage(ImageRef.parse(one.new_value), one.policy)
    return UpdatedImage(elected, one.policy)


def _object(identity: ObjectId, changes: Iterable[Change]) -> dict[str, Any]:
    return {
        "apiVersion": identity.api_version,
        "kind": identity.kind,
        "namespace": identity.namespace,
        "name": identity.name,
        "changes": [change.as_dict() for change in changes],
    }


def _identity(one: Mapping[str, Any]) -> ObjectId:
    return ObjectId(*(str(one[key]) for key in ("apiVersion", "kind", "name", "namespace")))


def _change(one: Mapping[str, Any]) -> Change:
    setter = str(one["setter"])
    policy, part = part_of(setter)
    return Change(
        old_value=str(one["oldValue"]),
        new_value=str(one["newValue"]),
        setter=setter,
        policy=str(one.get("policy", policy)),
        part=one.get("part", part),
        line=int(one.get("line", 0)),
        column=int(one.get("column", 0)),
        key_path=str(one.get("keyPath", "")),
        document=int(one.get("document", 0)),
    )
