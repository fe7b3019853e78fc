"""The kinds of policy a user may write: exactly one of them elects the tag."""

import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator

from gitbot.config.fields import Duration, Flag, Line, SecretSource, Spec, format_duration, not_empty, parse_duration
from gitbot.errors import GitbotError
from gitbot.image import ImageRef
from gitbot.printable import printable

KINDS = ("fixed", "semver", "alphabetical", "numerical", "versionMetadata", "leveled")
_VERSION = re.compile(r"v?[0-9]+\.[0-9]+(\.[0-9]+.*)?")
_TAG_FIELDS = ("major", "minor", "revision", "kubectl", "helm", "powershell")


def _tag(text: str) -> str:
    try:
        ImageRef("image", text).check()
    except GitbotError:
        raise ValueError(f"{printable(text, 80)!r} is not a tag; want [A-Za-z0-9_][A-Za-z0-9._-]{{0,127}}") from None
    return text


def _digest(text: str) -> str:
    try:
        ImageRef("image", "tag", text).check()
    except GitbotError:
        raise ValueError(f"{printable(text, 80)!r} is not a digest; want sha256: and 64 hex digits") from None
    return text


def _duration_or_zero(text: object) -> float:
    return 0.0 if text in {"0", "0s"} else parse_duration(text)


Tag = Annotated[str, AfterValidator(_tag)]


class Fixed(Spec):
    """The result stated by the user."""

    tag: Tag = Field(description="The tag.")
    digest: Annotated[str, AfterValidator(_digest)] | None = Field(
        default=None, description="Its digest, if it is known."
    )


class Semver(Spec):
    """The highest semantic version in a range."""

    range: Line = Field(description="Range in Masterminds' grammar: 1.2.x, ^1.0, >=1.0.0 <2.0.0.")


class Ordering(Spec):
    """The last tag in an order."""

    order: Literal["asc", "desc"] = Field(default="asc", description="asc elects the last, desc the first.")


class VersionMetadata(Spec):
    """A tag looked up in published version metadata, for a given version."""

    url: Line | None = Field(default=None, description="http(s) address of the metadata.")
    file: Line | None = Field(default=None, description="File of the metadata, instead of a URL.")
    version: Line | None = Field(default=None, description="The version to look up.")
    version_from: SecretSource | None = Field(
        default=None, description="Where the version is read: {env: NAME} or {file: PATH}."
    )
    tool: Literal["kubectl", "helm", "powershell"] = Field(
        default="kubectl", description="The tool whose list decides what is supported."
    )
    tag_format: Line = Field(default="{major}.{minor}-{revision}", description="How the tag is composed.")
    newer_than_latest: Literal["fallback", "resolve"] = Field(
        default="fallback", description="When the version is too new."
    )
    known_tags: tuple[Tag, ...] = Field(default=(), description="Tags that are known to exist, for falling back.")
    fallback_tag: Tag = Field(default="latest", description="The tag of last resort.")
    on_unavailable: Literal["keep", "fallback", "fail"] = Field(
        default="keep", description="When there is no metadata."
    )
    on_fallback: Literal["apply", "hold"] = Field(default="apply", description="Whether a fallback is written.")
    timeout: Duration = Field(default=10.0, description="Deadline of the look-up.")
    cache_ttl: Annotated[
        float,
        BeforeValidator(_duration_or_zero),
        PlainSerializer(format_duration, return_type=str),
        WithJsonSchema({"type": "string"}),
    ] = Field(default=3600.0, description="How long an answer is kept; 0s: not at all.")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.url is None) == (self.file is None):
            raise ValueError("want exactly one of url and file")
        if (self.version is None) == (self.version_from is None):
            raise ValueError("want exactly one of version and versionFrom")
        if self.url is not None and not self.url.startswith(("https://", "http://")):
            raise ValueError("url wants an https:// or http:// address")
        if self.version is not None and not _VERSION.fullmatch(self.version):
            raise ValueError(f"version {printable(self.version, 40)!r} is not a version; write 1.30 or 1.30.2")
        unknown = sorted(set(re.findall(r"\{(.*?)\}", self.tag_format)) - set(_TAG_FIELDS))
        if unknown:
            raise ValueError(
                f"tagFormat has the unknown field {printable(unknown[0], 40)!r}; known: {', '.join(_TAG_FIELDS)}"
            )
        try:
            _tag(re.sub(r"\{[a-z]+\}", "1", self.tag_format))
        except ValueError:
            raise ValueError(f"tagFormat {printable(self.tag_format, 60)!r} can give no image tag") from None
        return self


class Leveled(Spec):
    """Three-level tags `<app>-rev<N>-b<M.K>`, and which level may change unattended."""

    emit: Literal["short", "intermediate", "long"] = Field(default="long", description="Which level of tag is written.")
    automate: Literal["build", "revision", "app"] = Field(
        default="build", description="The largest change made unattended."
    )
    range: Line | None = Field(default=None, description="Range of the app part: 1.7.x.")
    separators: Annotated[tuple[Line, ...], AfterValidator(not_empty)] = Field(
        default=("-build", "-b", ".", "-"), description="What stands before the build."
    )
    on_unparseable: Literal["hold", "apply"] = Field(default="hold", description="When the current tag is of no level.")
    allow_downgrade: Flag = Field(default=False, description="Whether an older tag may be written.")
    check_version_label: Flag = Field(
        default=False, description="Whether the image's version label must agree with the tag."
    )
    tags: tuple[Tag, ...] | None = Field(default=None, description="The tags to elect from, instead of the registry's.")
    tags_file: Line | None = Field(default=None, description="File with the tags to elect from, one a line.")

    @model_validator(mode="after")
    def _legal_separators(self) -> Self:
        for separator in self.separators:
            if not re.fullmatch(r"[A-Za-z0-9._-]+", separator):
                raise ValueError(
                    f"separator {printable(separator, 20)!r} is not allowed in an image tag; use -b or -build"
                )
        if self.tags is not None and self.tags_file is not None:
            raise ValueError("want at most one of tags and tagsFile")
        return self


class PolicyChoice(Spec):
    """How the tag is elected: exactly one kind."""

    fixed: Fixed | None = Field(default=None, description="The result itself.")
    semver: Semver | None = Field(default=None, description="The highest semantic version in a range.")
    alphabetical: Ordering | None = Field(default=None, description="The last in alphabetical order.")
    numerical: Ordering | None = Field(default=None, description="The last in numerical order.")
    version_metadata: VersionMetadata | None = Field(default=None, description="A tag from published version metadata.")
    leveled: Leveled | None = Field(default=None, description="Three-level tags with a gate on the size of a change.")

    @model_validator(mode="before")
    @classmethod
    def _exactly_one(cls, value: Any) -> Any:
        # Judged on what is written, so that a mistake inside the one kind is not taken for a missing kind.
        if isinstance(value, dict):
            given = [kind for kind in KINDS if value.get(kind, value.get(_snake(kind))) is not None]
            if len(given) > 1:
                raise ValueError(f"a policy is of one kind, and this has {' and '.join(given)}; split it")
            if not given and not set(value) - set(KINDS):
                raise ValueError(f"want one of {', '.join(KINDS)}")
        return value

    @property
    def kind(self) -> str:
        """The kind as it is written: one of KINDS."""
        return next(kind for kind in KINDS if getattr(self, _snake(kind)) is not None)


def _snake(kind: str) -> str:
    return "version_metadata" if kind == "versionMetadata" else kind
