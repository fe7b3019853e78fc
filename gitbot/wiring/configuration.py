"""The configuration with what scanned repositories say themselves: their policies, image repositories and automations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from gitbot.config.load import Loaded, Wanted, load_with_places
from gitbot.config.manifests import IMAGE, Text
from gitbot.config.models import Config, Include
from gitbot.git.failures import BrokenCacheError
from gitbot.printable import printable
from gitbot.source.checkout import bring, find
from gitbot.source.session import Session, session
from gitbot.source.tree import Scope, pathspecs
from gitbot.wiring.access import access_of, cache_dir_of

_MAX_FILE = 1024 * 1024
_MAX_BYTES = 64 * 1024 * 1024


def configured(wanted: Wanted) -> Config:
    """Load the configuration, and read what it includes of repositories at the revision each has now.

    Nothing is checked out. Raises ConfigError for a mistake, GitbotError for a repository that cannot be reached.
    """
    return configured_with_places(wanted).config


def configured_with_places(wanted: Wanted) -> Loaded:
    """Do as `configured`, and keep the places."""
    wanted = replace(wanted, stdin=cache(wanted.stdin))
    loaded = load_with_places(wanted)
    includes = [item for item in loaded.config.include if not isinstance(item, str)]
    if not includes:
        return loaded
    fetched = tuple(text for include in includes for text in _fetched(loaded.config, include))
    return load_with_places(replace(wanted, fetched=fetched))


def _fetched(config: Config, include: Include) -> list[Text]:
    try:
        return _texts(config, include, fresh=False)
    except BrokenCacheError:
        return _texts(config, include, fresh=True)


def _texts(config: Config, include: Include, *, fresh: bool) -> list[Text]:
    repository = next(one for one in config.repositories if one.key == include.key)
    with session(cache_dir_of(config), access_of(config, repository), fresh=fresh) as opened:
        commit = bring(opened, find(opened, repository.ref)).commit
        return list(_files(opened, commit, include))


def _files(opened: Session, commit: str, include: Include) -> Iterator[Text]:
    """The files that may hold objects, within bounds: whoever writes to the repository chooses their size."""
    specs = pathspecs(opened.bare, commit, Scope((include.path,)))
    paths = opened.bare.grep(commit, specs, IMAGE)
    names = [f"{commit}:".encode() + path for path in paths if b"\n" not in path]
    sizes = [size for _, size in opened.bare.sizes(names)]
    left = _MAX_BYTES
    small = []
    for name, size in zip(names, sizes, strict=True):
        left -= size
        if size <= _MAX_FILE and left >= 0:
            small.append(name)
    for name, (_, data) in zip(small, opened.bare.blobs(small), strict=True):
        path = printable(name.partition(b":")[2].decode("utf-8", "replace"), 400)
        yield Text(path=f"{include.key}:{path}", data=data, repository=include.key, named=False)
