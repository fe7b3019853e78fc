"""What `gitbot config check` says of images and policies: mistakes that only an election would meet, and options unread."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from gitbot.errors import GitbotError, Problem

if TYPE_CHECKING:
    from gitbot.config import document
    from gitbot.config.load import Loaded
    from gitbot.config.models import Auth, ImageRepository, Policy, Proxy, SecretSource

_ORIGIN = re.compile(r"https?://[^/@\s?#]+/?")


def of_image(loaded: Loaded, path: document.Path, image: ImageRepository) -> Iterator[Problem]:
    """Patterns that cannot be read, token servers that are no origins, secrets that are not there."""
    from gitbot.policies.pattern import compile_pattern

    for index, pattern in enumerate(image.exclusion_list):
        yield from tried(loaded, (*path, "exclusionList", index), partial(compile_pattern, pattern))
    for index, realm in enumerate(image.realms):
        if not _ORIGIN.fullmatch(realm):
            yield loaded.problem((*path, "realms", index), "is no origin; want https://HOST or https://HOST:PORT")
    yield from of_auth(loaded, path, image.auth, image.proxy)
    yield from of_secret(loaded, (*path, "dockerConfig"), image.docker_config)


def of_policy(loaded: Loaded, path: document.Path, policy: Policy) -> Iterator[Problem]:
    """Ranges and patterns that cannot be read, ranges that surprise, files that are not there, options nothing reads."""
    from gitbot.policies.filter import TagFilter

    choice, tags = policy.policy, policy.filter_tags
    if choice.semver is not None:
        yield from _of_range(loaded, (*path, "policy", "semver", "range"), choice.semver.range)
    if choice.leveled is not None and choice.leveled.range is not None:
        yield from _of_range(loaded, (*path, "policy", "leveled", "range"), choice.leveled.range)
    if tags is not None:
        yield from tried(loaded, (*path, "filterTags"), lambda: TagFilter.of(tags.pattern, tags.extract))
    yield from _of_inputs(loaded, (*path, "policy", choice.kind), policy)
    for option in _unread(policy):
        yield loaded.problem((*path, option), f"is not read by {choice.kind}; take it out", severity="warning")


def _of_range(loaded: Loaded, path: document.Path, text: str) -> Iterator[Problem]:
    from gitbot.policies.traps import warnings_for

    found: list[str] = []
    yield from tried(loaded, path, lambda: found.extend(warnings_for(text)))
    for warning in found:
        yield loaded.problem(path, warning, severity="warning")


def _of_inputs(loaded: Loaded, path: document.Path, policy: Policy) -> Iterator[Problem]:
    leveled, metadata = policy.policy.leveled, policy.policy.version_metadata
    if leveled is not None and leveled.tags_file is not None:
        yield from _of_file(loaded, (*path, "tagsFile"), leveled.tags_file)
    if metadata is not None and metadata.file is not None:
        yield from _of_file(loaded, (*path, "file"), metadata.file)
    if metadata is not None:
        yield from of_secret(loaded, (*path, "versionFrom"), metadata.version_from)


def _of_file(loaded: Loaded, path: document.Path, name: str) -> Iterator[Problem]:
    if not Path(loaded.config.base, name).is_file():
        yield loaded.problem(path, "there is no such file here", severity="warning")


def _unread(policy: Policy) -> Iterator[str]:
    """What stands beside a kind of policy that has no use for it."""
    kind = policy.policy.kind
    compared = kind == "fixed" and not policy.downgrades
    if policy.filter_tags is not None and kind in {"fixed", "versionMetadata", "leveled"} and not compared:
        yield "filterTags"
    if policy.digest_reflection_policy != "Never" and kind in {"fixed", "versionMetadata"}:
        yield "digestReflectionPolicy"


def of_auth(loaded: Loaded, path: document.Path, auth: Auth, proxy: Proxy | None) -> Iterator[Problem]:
    """The secrets of a repository or image that are not there."""
    for name in type(auth).model_fields:
        yield from of_secret(loaded, (*path, "auth", _alias(name)), getattr(auth, name))
    if proxy is not None:
        yield from of_secret(loaded, (*path, "proxy", "password"), proxy.password)


def of_secret(loaded: Loaded, path: document.Path, source: SecretSource | str | None) -> Iterator[Problem]:
    """A secret that is missing here may be there where gitbot runs: that is a warning."""
    from gitbot.config.references import reveal

    if source is None or isinstance(source, str):
        return
    try:
        reveal(source, loaded.config.base)
    except GitbotError as error:
        yield loaded.problem(path, error.message, severity="warning", hint=error.hint)


def tried(loaded: Loaded, path: document.Path, attempt: Callable[[], object]) -> Iterator[Problem]:
    """What an attempt says that fails, as a mistake at this path."""
    try:
        attempt()
    except GitbotError as error:
        yield loaded.problem(path, error.message, hint=error.hint)


def _alias(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)
