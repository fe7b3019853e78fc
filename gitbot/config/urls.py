"""Git URLs: which protocol one means, and what is refused in one."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

# git's own rule: `host:path` is SSH when nothing before the colon is a slash.
_SCP = re.compile(r"(?:(?P<user>[^/:@]+)@)?(?P<host>\[[0-9A-Fa-f:.]+\]|[^/:@]+):(?P<path>.*)")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_HOST = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?|[0-9A-Fa-f:.]+")
_CREDENTIAL = "the URL holds a credential; take it out and give it in auth, by reference"
PROTOCOLS = ("https", "ssh", "http", "file")


def scheme_of(url: str) -> str:
    """Name the protocol of a URL as git does: what stands before `://`, `ssh` for `host:path`, else `file`."""
    if found := _SCHEME.match(url):
        return found[1].lower()
    return "ssh" if _SCP.fullmatch(url) else "file"


def check_url(url: str) -> str:
    """Return a Git URL as it is; raises ValueError, without showing what may be a credential."""
    if not url or not url.isprintable() or " " in url:
        raise ValueError("want a URL without spaces or control characters")
    if url.startswith("-") or "::" in url.partition("/")[0].partition("[")[0]:
        raise ValueError("want https://…, ssh://…, git@host:path or a local path; transport helpers are refused")
    scheme = scheme_of(url)
    if scheme not in PROTOCOLS:
        raise ValueError(f"the protocol {scheme} is not supported; use https or ssh")
    if not _SCHEME.match(url):
        _check_short(url)
    elif scheme == "file":
        _check_file(url)
    else:
        _check_network(url, scheme)
    return url


def _check_short(url: str) -> None:
    """`user@host:path`, or a local path."""
    found = _SCP.fullmatch(url)
    if found is None:
        return
    _check_host(found["host"].strip("[]"))
    if "@" in found["path"].partition("/")[0]:
        raise ValueError(_CREDENTIAL)
    if not found["path"] or found["path"].startswith("-"):
        raise ValueError("the URL has no path after the host")
    if (found["user"] or "").startswith("-"):
        raise ValueError("the user name in the URL begins with '-'")


def _check_file(url: str) -> None:
    if not url.startswith("file:///"):
        raise ValueError("a file URL has three slashes: file:///srv/git/fleet.git")


def _check_network(url: str, scheme: str) -> None:
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError("the host or port of the URL is malformed") from None
    user, colon, _ = parts.netloc.rpartition("@")[0].partition(":")
    if colon or (user and scheme != "ssh"):
        raise ValueError(_CREDENTIAL)
    if user.startswith("-"):
        raise ValueError("the user name in the URL begins with '-'")
    _check_host(host)
    if len(parts.path) <= 1:
        raise ValueError("the URL has no path after the host")
    if parts.query or parts.fragment or url.endswith(("?", "#")):
        raise ValueError("the URL has a '?' or '#' part; take it out")


def _check_host(host: str) -> None:
    if not _HOST.fullmatch(host):
        raise ValueError("the URL has no valid host name")
