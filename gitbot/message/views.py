"""What a template sees: names, changes, objects, files, images and problems, every foreign text on one printable line.

Views are made once per message, hold text that is already escaped, and offer no way to anything else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class View:
    """The base of everything a template may look into; it shows itself in lists as it prints."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class Rows(tuple[Any, ...]):
    """A sequence made from the data, not by a template."""

    __slots__ = ()


class Table(Mapping[K, V], Generic[K, V]):
    """A mapping made from the data, in the order of the result; its views are sequences."""

    __slots__ = ("_data",)

    def __init__(self, data: Mapping[K, V]) -> None:
        self._data = dict(data)

    def __getitem__(self, key: K) -> V:
        return self._data[key]

    def __iter__(self) -> Iterator[K]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)

    def __repr__(self) -> str:
        return repr(self._data)

    def items(self) -> Rows:  # type: ignore[override]  # a sequence, as templates index and reverse it
        """Pairs of key and value."""
        return Rows(self._data.items())

    def keys(self) -> Rows:  # type: ignore[override]  # a sequence, as templates index and reverse it
        """The keys."""
        return Rows(self._data)

    def values(self) -> Rows:  # type: ignore[override]  # a sequence, as templates index and reverse it
        """The values."""
        return Rows(self._data.values())


@dataclass(frozen=True, slots=True, repr=False)
class NameView(View):
    """A namespaced name; prints as `namespace/name`."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True, repr=False)
class SourceView(View):
    """Where the changes go: repository URL, branch, and the revision they were made on. Prints as the URL."""

    url: str
    branch: str
    revision: str

    def __str__(self) -> str:
        return self.url


@dataclass(frozen=True, slots=True, repr=False, order=True)
class ObjectView(View):
    """A Kubernetes object by its identity; any part may be empty. Prints as `Kind/namespace/name`."""

    api_version: str
    kind: str
    name: str
    namespace: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class ChangeView(View):
    """One changed field. `setter` is the marker's text, `part` is image, tag, name or digest. Prints as `old -> new`."""

    old_value: str
    new_value: str
    setter: str
    policy: str = ""
    part: str = ""
    line: int = 0
    column: int = 0
    key_path: str = ""
    document: int = 0

    def __str__(self) -> str:
        return f"{self.old_value} -> {self.new_value}"


class FileView(str):
    """The path of a changed file: a text, with `path` and the changed `objects` of that file."""

    __slots__ = ("objects",)
    objects: Table[ObjectView, Rows]

    def __new__(cls, path: str, objects: Table[ObjectView, Rows]) -> Self:
        """The path with its objects."""
        view = super().__new__(cls, path)
        view.objects = objects
        return view

    @property
    def path(self) -> str:
        """The path alone."""
        return str(self)


@dataclass(frozen=True, slots=True, repr=False)
class ChangedView(View):
    """Every change of the update. `file_changes` is file → object → changes; `files` are its keys."""

    file_changes: Table[FileView, Table[ObjectView, Rows]]
    by_object: Table[ObjectView, Rows]
    distinct: Rows

    @property
    def files(self) -> Rows:
        """The changed files, sorted."""
        return self.file_changes.keys()

    def objects(self) -> Table[ObjectView, Rows]:
        """Object → changes, merged over the files."""
        return self.by_object

    def changes(self) -> Rows:
        """The distinct changes (old value, new value and setter), in order."""
        return self.distinct

    def __str__(self) -> str:
        return f"{len(self.distinct)} changes in {len(self.file_changes)} files"


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class ImageView(View):
    """An elected image as the older result has it. Prints as it was written, `name` is fully qualified."""

    text: str
    name: str
    repository: str
    registry: str
    identifier: str
    policy: NameView

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True, repr=False)
class UpdatedFileView(View):
    """A file of the older result: object → images."""

    objects: Table[ObjectView, Rows]

    def __str__(self) -> str:
        return repr(self.objects)


@dataclass(frozen=True, slots=True, repr=False)
class UpdatedView(View):
    """The older result: file → object → images, `objects()` merged over files, `images()` the distinct ones."""

    files: Table[str, UpdatedFileView]
    by_object: Table[ObjectView, Rows]
    distinct: Rows

    def objects(self) -> Table[ObjectView, Rows]:
        """Object → images, merged over the files."""
        return self.by_object

    def images(self) -> Rows:
        """The distinct images, in order."""
        return self.distinct

    def __str__(self) -> str:
        return f"{len(self.distinct)} images in {len(self.files)} files"


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class HeldView(View):
    """A change that waits for a person. Prints as `path:line: current -> wanted (reason)`."""

    path: str
    line: int
    policy: str
    part: str
    current_value: str
    wanted_value: str
    code: str
    reason: str
    key_path: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.current_value} -> {self.wanted_value} ({self.reason})"


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class ProblemView(View):
    """A place that is wrong. Prints as `path:line: message`."""

    path: str
    line: int
    column: int
    code: str
    message: str
    severity: str
    key_path: str
    hint: str

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.message}" if place else self.message
