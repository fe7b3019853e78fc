"""Which text the commit message of an automation is rendered from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gitbot.config.automation import Automation
from gitbot.config.models import Config
from gitbot.config.shipped import shipped
from gitbot.errors import GitbotError
from gitbot.printable import printable

DEFAULT = "default.j2"
INLINE = "messageTemplate"
_MAX_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Template:
    """A template: the name that errors mention, its text, and its language."""

    name: str
    text: str
    engine: Literal["jinja", "go"] = "jinja"


def template_of(config: Config, automation: Automation) -> Template:
    """Read the template of an automation: inline, a file beside the configuration, or a shipped one (default.j2).

    Raises GitbotError when the file cannot be read.
    """
    commit = automation.git.commit
    if commit.message_template is not None:
        return Template(INLINE, commit.message_template, commit.message_template_engine or "jinja")
    name = commit.message_template_file or DEFAULT
    path = _find(config.base, name)
    if path is None:
        raise GitbotError(f"automation {automation.key}: {_missing(name)}", reason="InvalidSourceConfiguration")
    return Template(name, _read(path), commit.message_template_engine or ("go" if name.endswith(".tmpl") else "jinja"))


def missing_template(base: Path, automation: Automation) -> str:
    """Say why the template file of an automation cannot be read; "" when it can, or none is named."""
    name = automation.git.commit.message_template_file
    if name is None:
        return ""
    path = _find(base, name)
    if path is None:
        return _missing(name)
    try:
        _read(path)
    except GitbotError as error:
        return error.message
    return ""


def template_files(config: Config) -> Iterator[Path]:
    """Every file that decides which template an automation has: those found, and those that would be found instead."""
    for automation in config.automations:
        commit = automation.git.commit
        if commit.message_template is None:
            name = commit.message_template_file or DEFAULT
            yield config.base / name
            found = _find(config.base, name)
            if found is not None:
                yield found


def _find(base: Path, name: str) -> Path | None:
    """Find the file: one beside the configuration wins; a shipped one is found by its bare name."""
    beside = base / name
    if beside.is_file():
        return beside
    own = shipped("commit_templates") / name
    return own if "/" not in name and own.is_file() else None


def _missing(name: str) -> str:
    ours = ", ".join(
        sorted(path.name for path in shipped("commit_templates").iterdir() if not path.name.startswith("."))
    )
    return f"there is no file {printable(name, 200)!r} beside the configuration, and none is shipped (there are {ours})"


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
        text = data.decode("utf-8")
    except OSError as error:
        raise GitbotError(f"the template {path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise GitbotError(f"the template {path} is not UTF-8") from error
    if len(data) > _MAX_BYTES:
        raise GitbotError(f"the template {path} is larger than {_MAX_BYTES} bytes")
    return text
