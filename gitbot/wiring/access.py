"""How git reaches a repository of the configuration, and where its copies are kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from gitbot.config.models import Config, Repository, SecretSource
from gitbot.config.places import default_cache_dir
from gitbot.config.references import reveal
from gitbot.errors import GitbotError
from gitbot.git.access import Access
from gitbot.secret import Secret


def cache_dir_of(config: Config) -> Path:
    """The folder of the cached repositories."""
    return config.base / config.cache_dir if config.cache_dir else default_cache_dir()


def access_of(config: Config, repository: Repository) -> Access:
    """How git reaches a repository, every secret read; raises GitbotError for one that is not there."""
    if trouble := config.aside.trouble("repositories", repository.key):
        raise GitbotError(f"repository {repository.key}: {trouble.message}", reason=trouble.reason)
    auth, proxy = repository.auth, repository.proxy

    def secret(source: SecretSource | None, *, one_line: bool = False) -> Secret | None:
        return None if source is None else reveal(source, config.base, one_line=one_line)

    access = Access(
        url=repository.remote(config.base),
        username=auth.username or "",
        password=secret(auth.password, one_line=True),
        token=secret(auth.token, one_line=True),
        identity=secret(auth.identity),
        passphrase=secret(auth.passphrase, one_line=True),
        known_hosts=secret(auth.known_hosts),
        ca=secret(auth.ca),
        cert=secret(auth.cert),
        key=secret(auth.key),
        allow_protocols=config.git.allow_protocols,
        timeout_s=repository.timeout,
        low_speed_limit=config.git.low_speed_limit,
        low_speed_s=max(1, int(config.git.low_speed_time)),
    )
    if proxy is None:
        return access
    return replace(
        access,
        proxy=proxy.address,
        proxy_username=proxy.username or "",
        proxy_password=secret(proxy.password, one_line=True),
    )
