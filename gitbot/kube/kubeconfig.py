"""Kubeconfig files as they are written: read, put together as kubectl does, and asked for named entries."""

from __future__ import annotations

import base64
import binascii
import errno
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gitbot.errors import ConfigError, Problem
from gitbot.printable import printable

_LARGEST = 1 << 20


@dataclass(frozen=True, slots=True)
class Entry:
    """One named cluster, user or context: where it stands and its fields."""

    file: Path
    place: str
    fields: Mapping[str, Any]

    def wrong(self, why: str, key: str = "", hint: str = "") -> ConfigError:
        """The error for a mistake here, naming the file, the context and the place."""
        return wrong(self.file, f"{self.place}: {f'{key}: ' if key else ''}{why}", hint)

    def text(self, key: str) -> str:
        """A text, "" when it is not there."""
        value = self.fields.get(key)
        if value is None or isinstance(value, str):
            return value or ""
        raise self.wrong("must be a text", key)

    def flag(self, key: str) -> bool:
        """A boolean, false when it is not there."""
        value = self.fields.get(key)
        if value is None or isinstance(value, bool):
            return bool(value)
        raise self.wrong("must be true or false", key)

    def path(self, key: str) -> Path | None:
        """A file, relative to the folder of the kubeconfig; None when it is not there."""
        name = self.text(key)
        return self.file.parent / name if name else None

    def pem(self, key: str) -> str:
        """The text of `KEY-data` (base64), else of the file `KEY`; "" when neither is there."""
        data, path = self.text(f"{key}-data"), self.path(key)
        if data:
            try:
                return base64.b64decode(data, validate=True).decode()
            except (binascii.Error, UnicodeDecodeError, ValueError):
                raise self.wrong("is no PEM in base64", f"{key}-data") from None
        return self.read(path, key) if path else ""

    def read(self, path: Path, key: str) -> str:
        """The text of a file that the field `key` names."""
        try:
            return read(path)
        except OSError as error:
            raise self.wrong(f"cannot read {path}: {error.strerror or error}", key) from error
        except UnicodeDecodeError:
            raise self.wrong(f"{path} is no text", key) from None


class Kubeconfig:
    """One or more files; of entries with the same name the first counts, and the first current-context."""

    def __init__(self, files: Sequence[tuple[Path, Mapping[str, Any]]]) -> None:
        self._files = files

    @classmethod
    def load(cls, paths: Sequence[Path]) -> Kubeconfig:
        """Read files; those that are not there are passed over, as kubectl does, unless none is. Raises ConfigError."""
        files = [(path, document) for path in paths if (document := _document(path)) is not None]
        if not files:
            named = paths[0] if paths else Path("~/.kube/config")
            raise wrong(named, "there is no such kubeconfig", "name the file, or make one with your cloud's tool")
        return cls(files)

    def context(self, name: str | None) -> Entry:
        """The context of this name, None for the current one; raises ConfigError."""
        found = name or self._current()
        return self.entry("contexts", "context", found, f"context {printable(found, 100)}")

    def entry(self, key: str, inner: str, name: str, place: str) -> Entry:
        """An entry of the list `key` by its name; `place` is how messages call it. Raises ConfigError."""
        for file, document in self._files:
            for candidate in _rows(document.get(key)):
                if candidate.get("name") == name and isinstance(fields := candidate.get(inner) or {}, dict):
                    return Entry(file, place, fields)
        raise wrong(self._files[0][0], f"{place}: there is none of this name in {key}", self._known(key))

    def _current(self) -> str:
        for _, document in self._files:
            current = document.get("current-context")
            if current and isinstance(current, str):
                return current
        raise wrong(self._files[0][0], "names no current-context", f"name a context. {self._known('contexts')}")

    def _known(self, key: str) -> str:
        names = [str(row.get("name")) for _, document in self._files for row in _rows(document.get(key))]
        return f"there are: {printable(', '.join(names), 300)}" if names else f"it has no {key}"


def wrong(file: Path, why: str, hint: str = "") -> ConfigError:
    """The error for a kubeconfig that cannot be used."""
    return ConfigError((Problem(path=str(file), code="kubeconfig", severity="error", message=why),), hint=hint)


def read(path: Path) -> str:
    """The text of a small file; raises OSError, for a large one too, and UnicodeDecodeError."""
    with path.open("rb") as stream:
        data = stream.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise OSError(errno.EFBIG, f"it is larger than {_LARGEST:,} bytes")
    return data.decode()


def _rows(value: object) -> list[dict[str, Any]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _document(path: Path) -> Mapping[str, Any] | None:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        text = read(path)
        document = YAML(typ="safe", pure=True).load(text)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise wrong(path, f"cannot be read: {error.strerror or error}") from error
    except MarkedYAMLError as error:
        # Not in the words of the parser: they quote the line, which may hold a secret.
        line = f" (line {error.problem_mark.line + 1})" if error.problem_mark else ""
        raise wrong(path, f"is no YAML{line}") from None
    except (YAMLError, UnicodeDecodeError, RecursionError, ValueError):
        raise wrong(path, "is no YAML") from None
    if document is not None and not isinstance(document, dict):
        raise wrong(path, "is no kubeconfig: it holds no mapping")
    return document or {}
