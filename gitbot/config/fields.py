"""The kinds of value a configuration field may hold: durations, names, labels, one-line texts, secrets by reference.

The modules with models have no `from __future__ import annotations`: pydantic needs the types at once, and
would compile every one of them from its text at each start.
"""

import os
import re
from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PrivateAttr,
    SerializerFunctionWrapHandler,
    Strict,
    WithJsonSchema,
    model_serializer,
    model_validator,
)
from pydantic.alias_generators import to_camel

from gitbot.printable import printable
from gitbot.secret import Secret

# Plugins of other packages have no business in our models, and looking for them costs 25 ms of every start.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # noqa: TID251 - the one way pydantic 2.14 offers

DURATION = r"^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$"
_DURATION_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_MOST = 87600 * 3600.0

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_LABEL_PART = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?")
_ENV = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Spec(BaseModel):
    """The base of everything a user writes: frozen, unknown keys refused, camelCase outside and snake_case inside."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        defer_build=True,
    )


def parse_duration(text: object) -> float:
    """Seconds of `30s`, `5m`, `1h30m` (Flux's grammar: `<decimal><ms|s|m|h>`, repeated, no sign); raises ValueError."""
    if not isinstance(text, str):
        raise ValueError(f"want a duration such as 30s, 5m or 1h30m, got {_kind(text)}")  # noqa: TRY004 - pydantic reports it
    if not re.match(DURATION, text) or text.endswith("\n"):
        raise ValueError(f"{printable(text, 60)!r} is not a duration; write 30s, 5m or 1h30m")
    seconds = sum(float(number) * _SECONDS[unit] for number, unit in _DURATION_PART.findall(text))
    if not 0 < seconds <= _MOST:
        raise ValueError(f"the duration {printable(text, 60)} is out of range; want more than 0 and at most 87600h")
    return seconds


def format_duration(seconds: float) -> str:
    """Give the shortest text that `parse_duration` reads as these seconds: `1h30m`, `750ms`."""
    left = round(seconds * 1000)
    parts = []
    for unit, size in (("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def _kind(value: object) -> str:
    """Name a value in YAML's words; the value itself only where it is a number or a truth value."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"the number {value}"
    return "a mapping" if isinstance(value, Mapping) else "a list" if isinstance(value, list | tuple) else "a text"


def check_namespace(text: str) -> str:
    """Return a namespace (DNS label, RFC 1123) as it is; raises ValueError."""
    if not _LABEL.fullmatch(text):
        raise ValueError(
            f"{printable(text, 80)!r} is not a namespace; want lower-case letters, digits and '-', at most 63"
        )
    return text


def check_name(text: str) -> str:
    """Return an object name (DNS subdomain, RFC 1123) as it is; raises ValueError."""
    if len(text) > 253 or not all(_LABEL.fullmatch(part) for part in text.split(".")):
        raise ValueError(
            f"{printable(text, 80)!r} is not a name; want lower-case letters, digits, '-' and '.', at most 253"
        )
    return text


def check_label_key(text: str) -> str:
    """Return a label key (`prefix/name`, Kubernetes' qualified name) as it is; raises ValueError."""
    prefix, slash, name = text.rpartition("/")
    good_prefix = not slash or (len(prefix) <= 253 and all(_LABEL.fullmatch(part) for part in prefix.split(".")))
    if not good_prefix or not _LABEL_PART.fullmatch(name):
        raise ValueError(
            f"{printable(text, 80)!r} is not a label key; want name or dns.prefix/name, a name of at most 63"
        )
    return text


def check_label_value(text: str) -> str:
    """Return a label value (at most 63 of letters, digits, `-_.`; may be empty) as it is; raises ValueError."""
    if text and not _LABEL_PART.fullmatch(text):
        raise ValueError(
            f"{printable(text, 80)!r} is not a label value; want at most 63 letters, digits, '-', '_', '.'"
        )
    return text


def one_line(text: str) -> str:
    """Return a text without control characters, as it is; raises ValueError."""
    if any(ord(char) < 32 or ord(char) == 127 for char in text):
        raise ValueError("want one line without control characters")
    return text


def not_empty(items: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return a list as it is; raises ValueError when nothing is in it."""
    if not items:
        raise ValueError("must not be empty")
    return items


def as_list(value: Any) -> Any:
    """One text where a list is expected becomes a list of one."""
    return [value] if isinstance(value, str) else value


Duration = Annotated[
    float,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration, return_type=str),
    WithJsonSchema({"type": "string", "pattern": DURATION, "examples": ["30s", "5m", "1h30m"]}),
]
Flag = Annotated[bool, Strict()]
Override = Annotated[
    Flag,
    Field(exclude=True, description="Whether the keys given here replace those of the included manifest of this name."),
]
Count = Annotated[int, Strict(), Field(ge=1)]
Name = Annotated[str, AfterValidator(check_name)]
Namespace = Annotated[str, AfterValidator(check_namespace)]
Line = Annotated[str, Field(min_length=1), AfterValidator(one_line)]
Labels = Mapping[Annotated[str, AfterValidator(check_label_key)], Annotated[str, AfterValidator(check_label_value)]]


class SecretSource(Spec):
    """Where a secret stands: `{env: NAME}` or `{file: PATH}` (relative to the configuration), never the secret."""

    # A third way has no spelling in YAML: a secret that an included manifest holds.

    env: str | None = Field(default=None, description="Name of the environment variable that holds the secret.")
    file: str | None = Field(default=None, description="Path of the file that holds the secret, relative to this file.")
    _held: Secret | None = PrivateAttr(default=None)
    _origin: str = PrivateAttr(default="")

    @classmethod
    def held_by(cls, origin: str, secret: Secret) -> Self:
        """A secret that is in memory already; `origin` names the Secret and key it comes from, for messages."""
        made = cls.model_construct()
        made._held, made._origin = secret, origin  # noqa: SLF001 - its own class
        return made

    @property
    def held(self) -> Secret | None:
        """The secret itself where a manifest holds it; None where `env` or `file` says where it is."""
        return self._held

    @model_serializer(mode="wrap")
    def _with_origin(self, plain: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # Two that differ must not look the same where settings are compared.
        shown: dict[str, Any] = plain(self)
        return shown | ({"held": self._origin} if self._held is not None else {})

    @model_validator(mode="before")
    @classmethod
    def _by_reference(cls, value: Any) -> Any:
        if isinstance(value, cls):
            return value
        if not isinstance(value, Mapping):
            raise ValueError("a secret is not written here; write {env: NAME} or {file: PATH}")  # noqa: TRY004 - pydantic reports it
        return value

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if self._held is not None:
            return self
        if (self.env is None) == (self.file is None):
            raise ValueError("want exactly one of {env: NAME} and {file: PATH}")
        # The value may be the secret itself, pasted in the wrong place: it is not shown.
        if self.env is not None and not _ENV.fullmatch(self.env):
            raise ValueError(
                "env wants the name of an environment variable (letters, digits, '_'), not the secret itself"
            )
        if self.file is not None and (not self.file or not self.file.isprintable()):
            raise ValueError("file wants the path of a file, not the secret itself")
        return self

    def __str__(self) -> str:
        if self._held is not None:
            return self._origin
        return f"env {self.env}" if self.env is not None else f"file {self.file}"
