"""The older result (file → object → images), kept for message templates written against Flux before 1.0."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gitbot.image import ImageRef
from gitbot.markers.identity import ObjectId

_DEFAULT_REGISTRY = "index.docker.io"


@dataclass(frozen=True, slots=True, order=True)
class UpdatedImage:
    """An image that was written somewhere, with the policy that elected it; prints as it is written.

    The parts are those of go-containerregistry, Docker Hub's defaults filled in.
    """

    ref: ImageRef
    policy: str

    def __str__(self) -> str:
        return str(self.ref)

    @property
    def identifier(self) -> str:
        """The digest when there is one, else the tag."""
        return self.ref.digest or self.ref.tag

    @property
    def registry(self) -> str:
        """The host, `index.docker.io` when the name has none."""
        return self._split()[0]

    @property
    def repository(self) -> str:
        """The repository below the registry; `library/` is added where Docker Hub adds it."""
        return self._split()[1]

    @property
    def name(self) -> str:
        """Registry, repository and identifier: the full name of the image."""
        registry, repository = self._split()
        return f"{registry}/{repository}" + (f"@{self.ref.digest}" if self.ref.digest else f":{self.ref.tag}")

    def _split(self) -> tuple[str, str]:
        first, slash, rest = self.ref.name.partition("/")
        if slash and ("." in first or ":" in first or first == "localhost"):
            registry, repository = first, rest
        else:
            registry, repository = _DEFAULT_REGISTRY, self.ref.name
        registry = _DEFAULT_REGISTRY if registry == "docker.io" else registry
        if registry == _DEFAULT_REGISTRY and "/" not in repository:
            repository = f"library/{repository}"
        return registry, repository


@dataclass(frozen=True, slots=True)
class Result:
    """For each file and object the images written there, each once, in the order of the result."""

    files: Mapping[str, Mapping[ObjectId, tuple[UpdatedImage, ...]]] = field(default_factory=dict)

    def images(self) -> tuple[UpdatedImage, ...]:
        """The distinct images of all files."""
        return tuple(dict.fromkeys(image for _, images in self._all() for image in images))

    def objects(self) -> Mapping[ObjectId, tuple[UpdatedImage, ...]]:
        """The images of each object, merged over files, sorted by object."""
        merged: dict[ObjectId, dict[UpdatedImage, None]] = {}
        for identity, images in self._all():
            merged.setdefault(identity, {}).update(dict.fromkeys(images))
        return {identity: tuple(merged[identity]) for identity in sorted(merged)}

    def _all(self) -> Iterable[tuple[ObjectId, tuple[UpdatedImage, ...]]]:
        for objects in self.files.values():
            yield from objects.items()
