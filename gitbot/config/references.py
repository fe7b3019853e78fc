"""References to secrets: with `places`, the only reader of the environment outside of git/."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from gitbot.errors import GitbotError
from gitbot.secret import Secret

if TYPE_CHECKING:
    from gitbot.config.fields import SecretSource

_MAX_BYTES = 1024 * 1024


class Reference(NamedTuple):
    """A secret's place as it is written down: what SecretSource says, without what validates it."""

    env: str | None
    file: str | None
    held: Secret | None = None

    def __str__(self) -> str:
        return f"env {self.env}" if self.env is not None else f"file {self.file}"


def environment(name: str) -> str | None:
    """Read one variable of the environment."""
    return os.environ.get(name)  # noqa: TID251 - this is the reader of the environment


def reveal(source: SecretSource | Reference, base: Path, *, one_line: bool = False) -> Secret:
    """Read a secret from where it stands; a relative file is found from `base`, the configuration's folder.

    One line break at the end of a file is taken off, as editors and `echo` put it there; nothing else is. With
    `one_line` a secret of several lines is refused: credential protocols are lines. Raises GitbotError, never with the
    secret in it, when it is missing, empty, too large, not UTF-8, or in a file that everybody may write.
    """
    text = _text(source, base)
    if not text:
        raise GitbotError(f"the secret from {source} is empty")
    if "\x00" in text or (one_line and ("\n" in text or "\r" in text)):
        raise GitbotError(f"the secret from {source} holds a line break or NUL in its middle")
    return Secret(text)


def _text(source: SecretSource | Reference, base: Path) -> str:
    if source.held is not None:
        return source.held.reveal().removesuffix("\n").removesuffix("\r")
    return _from_environment(source.env) if source.env is not None else _from_file(base / str(source.file))


def _from_environment(name: str) -> str:
    text = environment(name)
    if text is None:
        raise GitbotError(f"the environment variable {name}, named for a secret, is not set", hint=f"export {name}=…")
    return text


def _from_file(path: Path) -> str:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            data = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise GitbotError(f"the secret file {path} cannot be read: {error.strerror}") from error
    if stat.S_ISREG(mode) and mode & stat.S_IWOTH:
        raise GitbotError(f"everybody may write the secret file {path}", hint=f"chmod o-w {path}")
    if len(data) > _MAX_BYTES:
        raise GitbotError(f"the secret file {path} is larger than {_MAX_BYTES} bytes")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise GitbotError(f"the secret file {path} is not UTF-8") from None
    return text.removesuffix("\n").removesuffix("\r")
