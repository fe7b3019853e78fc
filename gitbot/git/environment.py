"""The environment of every git process: an allow-list of the user's, and settings that no repository can change."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

# What a git process may inherit. Everything else could change what git does (GIT_*), where it looks (XDG_*), or is a
# secret of the user's that git, ssh and a credential helper have no business with.
INHERITED = frozenset(
    {"PATH", "TMPDIR", "TZ", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR", "NIX_SSL_CERT_FILE"},
)
PROXY_VARIABLES = frozenset(
    {"http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"},
)

# Settings for every command, handed over as GIT_CONFIG_KEY_n so that they stand in no file and win over any.
_SETTINGS = (
    ("core.hooksPath", "/dev/null"),
    ("core.fsmonitor", "false"),
    ("core.symlinks", "false"),
    ("core.attributesFile", "/dev/null"),
    ("core.excludesFile", "/dev/null"),
    ("core.askPass", ""),
    ("credential.helper", ""),
    ("credential.interactive", "never"),
    ("fetch.fsckObjects", "false"),
    ("fetch.recurseSubmodules", "false"),
    ("gc.auto", "0"),
    ("grep.threads", "1"),
    ("http.followRedirects", "false"),
    ("i18n.commitEncoding", "utf-8"),
    ("log.showSignature", "false"),
    ("maintenance.auto", "false"),
    ("protocol.ext.allow", "never"),
    ("push.followTags", "false"),
    ("push.gpgSign", "false"),
    ("push.recurseSubmodules", "no"),
    ("safe.bareRepository", "all"),
    ("submodule.recurse", "false"),
)


def base_environment(
    home: Path, allow_protocols: tuple[str, ...], low_speed_limit: int, low_speed_s: int
) -> dict[str, str]:
    """What every git process sees besides the inherited allow-list; `home` is a private, empty folder."""
    return {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "",
        "SSH_ASKPASS_REQUIRE": "never",
        "GIT_ALLOW_PROTOCOL": ":".join(allow_protocols),
        "GIT_PROTOCOL_FROM_USER": "0",
        "GIT_HTTP_LOW_SPEED_LIMIT": str(low_speed_limit),
        "GIT_HTTP_LOW_SPEED_TIME": str(low_speed_s),
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_FLUSH": "1",
        "GIT_ADVICE": "0",
        "LANGUAGE": "C",
        "LC_ALL": "C",
    }


def with_settings(environment: Mapping[str, str], settings: tuple[tuple[str, str], ...] = ()) -> dict[str, str]:
    """The environment plus git settings as GIT_CONFIG_COUNT pairs (git ≥ 2.31): never in argv, never on disk."""
    pairs = (*_SETTINGS, *settings)
    result = dict(environment)
    result["GIT_CONFIG_COUNT"] = str(len(pairs))
    for number, (key, value) in enumerate(pairs):
        result[f"GIT_CONFIG_KEY_{number}"] = key
        result[f"GIT_CONFIG_VALUE_{number}"] = value
    return result


def unwanted(keep_proxies: bool) -> list[str]:  # noqa: FBT001
    """Names of inherited variables that git must not see: GitPython copies the whole environment and can only add."""
    keep = INHERITED | (PROXY_VARIABLES if keep_proxies else frozenset())
    return [name for name in os.environ if name not in keep]  # noqa: TID251 - the one place beside config that looks
