"""Where state and cached repositories live when the configuration does not say: the XDG base directories."""

from __future__ import annotations

import os
from pathlib import Path

from gitbot.errors import GitbotError


def config_file(path: Path | None) -> Path:
    """The configuration file, absolute: the one given, else $GITBOT_CONFIG, else ./gitbot.yaml."""
    named = os.environ.get("GITBOT_CONFIG")  # noqa: TID251 - this package is the reader of the environment
    return (path if path is not None else Path(named or "gitbot.yaml")).absolute()


def default_state_url() -> str:
    """`sqlite:///` and the path of state.db below $XDG_STATE_HOME/gitbot, else ~/.local/state/gitbot."""
    return f"sqlite:///{_below('XDG_STATE_HOME', '.local/state') / 'state.db'}"


def default_cache_dir() -> Path:
    """$XDG_CACHE_HOME/gitbot, else ~/.cache/gitbot."""
    return _below("XDG_CACHE_HOME", ".cache")


def docker_config_path() -> Path | None:
    """$DOCKER_CONFIG/config.json, else ~/.docker/config.json, as docker's own tools have it; None without a home."""
    named = os.environ.get("DOCKER_CONFIG", "")  # noqa: TID251 - this package is the reader of the environment
    try:
        return (Path(named) if named else Path.home() / ".docker") / "config.json"
    except RuntimeError:
        return None


def process_environment() -> dict[str, str]:
    """A copy of the whole environment, for credential helpers and cloud identities, which are configured by it."""
    return dict(os.environ)  # noqa: TID251 - this package is the reader of the environment


def _below(variable: str, otherwise: str) -> Path:
    """The folder the variable names; a relative one is ignored, as the XDG Base Directory Specification has it."""
    named = Path(os.environ.get(variable, ""))  # noqa: TID251 - this package is the reader of the environment
    if named.is_absolute():
        return named / "gitbot"
    try:
        return Path.home() / otherwise / "gitbot"
    except RuntimeError as error:
        raise GitbotError(
            "this user has no home folder to keep state and cached repositories in",
            hint="set `state` and `cacheDir` in the configuration",
        ) from error
