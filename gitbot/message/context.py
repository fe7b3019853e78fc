"""What a message is rendered from, and the escaped views of it that templates see."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gitbot.errors import Problem
from gitbot.message.views import (
    ChangedView,
    ChangeView,
    FileView,
    HeldView,
    ImageView,
    NameView,
    ObjectView,
    ProblemView,
    Rows,
    SourceView,
    Table,
    UpdatedFileView,
    UpdatedView,
)
from gitbot.plan.result import Change, ObjectId, Result, ResultV2, UpdatedImage
from gitbot.plan.wishes import Held
from gitbot.printable import printable

_USER_INFO = re.compile(r"(?<=://)[^/@]*@")


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageContext:
    """The data of one message.

    `automation` is `namespace/name`. `url`, `branch` and `revision` say where the changes go and what they were made on.
    `held` are changes that wait for a person, perhaps in their JSON form. `values` are the user's own
    `messageTemplateValues`. `updated` is the older result, when it is known.
    """

    automation: str
    changed: ResultV2
    updated: Result | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    url: str = ""
    branch: str = ""
    revision: str = ""
    held: tuple[Held | Mapping[str, Any], ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The same data as templates see it: every text that comes from a repository is one printable line."""

    automation: NameView
    changed: ChangedView
    updated: UpdatedView
    values: Table[str, str]
    source: SourceView
    held: Rows
    problems: Rows

    def variables(self) -> dict[str, Any]:
        """The names of a Jinja2 template."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def seen(context: MessageContext) -> Seen:
    """Escape a context for templates: nothing in it can forge a line, a trailer, an escape sequence or a command."""
    namespace, _, name = context.automation.rpartition("/")
    return Seen(
        automation=NameView(printable(namespace), printable(name)),
        changed=_changed(context.changed),
        updated=_updated(context.updated or Result()),
        values=Table({str(key): str(value) for key, value in context.values.items()}),
        source=SourceView(
            printable(_USER_INFO.sub("", context.url)), printable(context.branch), printable(context.revision)
        ),
        held=Rows(map(_held, context.held)),
        problems=Rows(_problem(problem) for problem in context.problems),
    )


def _object(identity: ObjectId) -> ObjectView:
    return ObjectView(
        printable(identity.api_version),
        printable(identity.kind),
        printable(identity.name),
        printable(identity.namespace),
    )


def _change(change: Change) -> ChangeView:
    return ChangeView(
        old_value=printable(change.old_value),
        new_value=printable(change.new_value),
        setter=printable(change.setter),
        policy=printable(change.policy),
        part=change.part,
        line=change.line,
        column=change.column,
        key_path=printable(change.key_path),
        document=change.document,
    )


def _objects(objects: Mapping[ObjectId, Iterable[Change]]) -> Table[ObjectView, Rows]:
    return Table({_object(identity): Rows(map(_change, changes)) for identity, changes in objects.items()})


def _changed(result: ResultV2) -> ChangedView:
    files: dict[FileView, Table[ObjectView, Rows]] = {}
    for path, objects in result.file_changes.items():
        table = _objects(objects)
        files[FileView(printable(path), table)] = table
    return ChangedView(Table(files), _objects(result.objects()), Rows(map(_change, result.changes())))


def _problem(problem: Problem) -> ProblemView:
    return ProblemView(
        path=printable(problem.path),
        line=problem.line,
        column=problem.column,
        code=printable(problem.code),
        message=printable(problem.message),
        severity=problem.severity,
        key_path=printable(problem.key_path),
        hint=printable(problem.hint),
    )


def _held(one: Held | Mapping[str, Any]) -> HeldView:
    told = one.as_dict() if isinstance(one, Held) else one

    def text(key: str) -> str:
        return printable(str(told.get(key, "")))

    return HeldView(
        path=text("path"),
        line=int(told.get("line") or 0),
        policy=text("policy"),
        part=text("part"),
        current_value=text("currentValue"),
        wanted_value=text("wantedValue"),
        code=text("code"),
        reason=text("reason"),
        key_path=text("keyPath"),
    )


def _image(image: UpdatedImage) -> ImageView:
    namespace, _, name = image.policy.rpartition(":")
    return ImageView(
        text=printable(str(image)),
        name=printable(image.name),
        repository=printable(image.repository),
        registry=printable(image.registry),
        identifier=printable(image.identifier),
        policy=NameView(printable(namespace), printable(name)),
    )


def _images(objects: Mapping[ObjectId, Iterable[UpdatedImage]]) -> Table[ObjectView, Rows]:
    return Table({_object(identity): Rows(map(_image, images)) for identity, images in objects.items()})


def _updated(result: Result) -> UpdatedView:
    files = {printable(path): UpdatedFileView(_images(objects)) for path, objects in result.files.items()}
    return UpdatedView(Table(files), _images(result.objects()), Rows(map(_image, result.images())))
