"""What the user writes of an image and of the policy that elects its tag (ImageRepository, ImagePolicy in Flux)."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator

from gitbot.config.fields import (
    Duration,
    Flag,
    Labels,
    Line,
    Name,
    Namespace,
    Override,
    SecretSource,
    Spec,
    format_duration,
    parse_duration,
)
from gitbot.config.kinds import PolicyChoice
from gitbot.config.repository import Auth, Proxy
from gitbot.errors import GitbotError
from gitbot.image import check_name
from gitbot.printable import printable


def _image_name(text: str) -> str:
    try:
        check_name(text)
    except GitbotError as error:
        raise ValueError(printable(error.message)) from None
    return text


def _age(text: object) -> float:
    """Seconds of a duration that may begin with days: `3d`, `1d12h`, `12h`."""
    match = _DAYS.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return parse_duration(text)
    return int(match[1]) * 86400.0 + (parse_duration(match[2]) if match[2] else 0.0)


def _positive(seconds: float) -> float:
    if not 0 < seconds <= _MOST_DAYS * 86400.0:
        raise ValueError(f"want more than 0 and at most {_MOST_DAYS}d")
    return seconds


def _platform(text: str) -> str:
    if not _PLATFORM.fullmatch(text):
        raise ValueError(f"{printable(text, 60)!r} is not a platform; write linux/amd64 or linux/arm/v7")
    return text


_DAYS = re.compile(r"([0-9]{1,5})d(.*)")
_MOST_DAYS = 3650
_PLATFORM = re.compile(r"[a-z0-9]+/[a-z0-9_]+(/v[0-9]{1,2}(\.[0-9]{1,2})?)?")
ImageName = Annotated[str, Field(min_length=1), AfterValidator(_image_name)]
Platform = Annotated[str, AfterValidator(_platform)]
Age = Annotated[
    float,
    BeforeValidator(_age),
    AfterValidator(_positive),
    PlainSerializer(format_duration, return_type=str),
    WithJsonSchema(
        {"type": "string", "pattern": r"^([0-9]+d)?([0-9]+(\.[0-9]+)?(ms|s|m|h))*$", "examples": ["3d", "12h"]}
    ),
]


class ObjectRef(Spec):
    """Names another object: `namespace` is that of the object that refers to it unless given."""

    name: Name = Field(description="Its name.")
    namespace: Namespace | None = Field(
        default=None, description="Its namespace; that of the referring object unless given."
    )


class ImageRepository(Spec):
    """An image whose tags are looked up (policies name them by imageRepositoryRef)."""

    name: Name = Field(description="Its name, for imageRepositoryRef.")
    namespace: Namespace = Field(default="default", description="Its namespace.")
    image: ImageName = Field(description="The image, without scheme, tag or digest.")
    interval: Duration = Field(default=600.0, description="How often its tags are looked up.")
    timeout: Duration | None = Field(default=None, description="Deadline of one look-up; the interval unless given.")
    auth: Auth = Field(default_factory=Auth, description="How to get in.")
    proxy: Proxy | None = Field(default=None, description="The proxy to go through.")
    provider: Literal["generic", "aws", "azure", "gcp"] = Field(
        default="generic", description="Whose identity is used."
    )
    insecure: Flag = Field(default=False, description="Whether plain HTTP may be tried after HTTPS.")
    docker_config: SecretSource | None = Field(
        default=None, description="A docker config.json with credentials, instead of the user's own."
    )
    realms: tuple[Line, ...] = Field(
        default=(), description="Origins (https://host) of token servers that get the credential too."
    )
    allow_private: tuple[Line, ...] = Field(
        default=(), description="Private addresses, networks or hosts the registry may send us to."
    )
    exclusion_list: tuple[str, ...] = Field(
        default=(r"^.*\.sig$",), max_length=25, description="Patterns of tags left out."
    )
    suspend: Flag = Field(default=False, description="Whether its tags are not looked up for now.")
    override: Override = False

    @property
    def key(self) -> str:
        """`namespace/name`."""
        return f"{self.namespace}/{self.name}"


class FilterTags(Spec):
    """Which tags take part, and which part of them is compared."""

    pattern: str = Field(default="", description="Pattern (RE2) that a tag must match; empty: every tag.")
    extract: str = Field(default="", description="What is compared, of the pattern's groups ($ts); empty: the tag.")


class Policy(Spec):
    """Which image is wanted."""

    name: Name = Field(description="Its name: markers name it as namespace:name.")
    namespace: Namespace = Field(default="default", description="Its namespace.")
    labels: Labels = Field(default={}, description="Labels, for policySelector.")
    image: ImageName | None = Field(default=None, description="The image, without scheme, tag or digest.")
    image_repository_ref: ObjectRef | None = Field(
        default=None, description="The entry of images it is about, instead of image."
    )
    policy: PolicyChoice = Field(description="How the tag is elected: exactly one kind.")
    filter_tags: FilterTags | None = Field(default=None, description="Which tags take part.")
    digest_reflection_policy: Literal["Never", "IfNotPresent", "Always"] = Field(
        default="Never", description="Whether the tag's digest is looked up: Never, IfNotPresent (once a tag), Always."
    )
    interval: Duration | None = Field(
        default=None, description="How often the digest is looked up; with Always, and only then."
    )
    allow_downgrade: Flag | None = Field(
        default=None,
        description="Whether an older tag may replace a newer one; true, but false beside minAge, platforms.",
    )
    min_age: Age | None = Field(
        default=None,
        description="How long ago an image must have been seen first: 3d, 12h. Not asked for unless given.",
    )
    platforms: tuple[Platform, ...] = Field(
        default=(), max_length=20, description="Platforms an image must have: linux/amd64, linux/arm/v7."
    )
    suspend: Flag = Field(default=False, description="Whether nothing is elected for now.")
    override: Override = False

    @model_validator(mode="after")
    def _said_once(self) -> Self:
        leveled = self.policy.leveled
        if leveled is not None and self.allow_downgrade is not None and "allow_downgrade" in leveled.model_fields_set:
            raise ValueError("allowDowngrade stands here and in leveled; give one of them")
        return self

    @property
    def downgrades(self) -> bool:
        """Whether an older tag may replace a newer one.

        Unless the user says so, Flux's rule: yes. No for leveled tags, and none beside a guard that passes tags over:
        what it refuses must not make an older tag replace the one that is there.
        """
        if self.allow_downgrade is not None:
            return self.allow_downgrade
        if self.policy.leveled is not None:
            return self.policy.leveled.allow_downgrade
        return self.min_age is None and not self.platforms

    @property
    def key(self) -> str:
        """`namespace:name`, as a marker names it."""
        return f"{self.namespace}:{self.name}"
