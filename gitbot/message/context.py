"""What a message is rendered from, and the escaped views of it that templates see."""

from __future__ import annotations

import functools
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
    views = _Views()
    return Seen(
        automation=NameView(printable(namespace), printable(name)),
        changed=views.changed(context.changed),
        updated=views.updated(context.updated or Result()),
        values=Table({str(key): str(value) for key, value in context.values.items()}),
        source=SourceView(
            printable(_USER_INFO.sub("", context.url)), printable(context.branch), printable(context.revision)
        ),
        held=Rows(map(_held, context.held)),
        problems=Rows(_problem(problem) for problem in context.problems),
    )


class _Views:
    """Makes the views of one result; what stands in it more than once is made once."""

    def __init__(self) -> None:
        self.text = functools.cache(printable)
        self.object = functools.cache(self._object)
        self._changes: dict[int, ChangeView] = {}

    def _object(self, identity: ObjectId) -> ObjectView:
        show = self.text
        return ObjectView(
            show(identity.api_version), show(identity.kind), show(identity.name), show(identity.namespace)
        )

    def change(self, change: Change) -> ChangeView:
        """The view of a change; `change` itself is kept alive by its result."""
        view = self._changes.get(id(change))
        if view is None:
            show = self.text
            view = self._changes[id(change)] = ChangeView(
                old_value=show(change.old_value),
                new_value=show(change.new_value),
                setter=show(change.setter),
                policy=show(change.policy),
                part=change.part,
                line=change.line,
                column=change.column,
                key_path=show(change.key_path),
                document=change.document,
            )
        return view

    def objects(self, objects: Mapping[ObjectId, Iterable[Change]]) -> Table[ObjectView, Rows]:
        """Object → changes; objects that look the same once escaped are one."""
        merged: dict[ObjectView, Rows] = {}
        for identity, changes in objects.items():
            view = self.object(identity)
            merged[view] = Rows((*merged.get(view, ()), *map(self.change, changes)))
        return Table(merged)

    def changed(self, result: ResultV2) -> ChangedView:
        """The whole result."""
        files: dict[str, dict[ObjectId, tuple[Change, ...]]] = {}
        for path, objects in result.file_changes.items():
            merged = files.setdefault(self.text(path), {})
            for identity, changes in objects.items():
                merged[identity] = (*merged.get(identity, ()), *changes)
        tables = {path: self.objects(objects) for path, objects in files.items()}
        shown = {FileView(path, table): table for path, table in tables.items()}
        return ChangedView(Table(shown), self.objects(result.objects()), Rows(map(self.change, result.changes())))

    def image(self, image: UpdatedImage) -> ImageView:
        """The view of an image."""
        namespace, _, name = image.policy.rpartition(":")
        return ImageView(
            text=self.text(str(image)),
            name=self.text(image.name),
            repository=self.text(image.repository),
            registry=self.text(image.registry),
            identifier=self.text(image.identifier),
            policy=NameView(self.text(namespace), self.text(name)),
        )

    def images(self, objects: Mapping[ObjectId, Iterable[UpdatedImage]]) -> Table[ObjectView, Rows]:
        """Object → images."""
        return Table({self.object(identity): Rows(map(self.image, images)) for identity, images in objects.items()})

    def updated(self, result: Result) -> UpdatedView:
        """The whole older result."""
        files = {self.text(path): UpdatedFileView(self.images(objects)) for path, objects in result.files.items()}
        return UpdatedView(Table(files), self.images(result.objects()), Rows(map(self.image, result.images())))


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
