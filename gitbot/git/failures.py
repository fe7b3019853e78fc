"""What a server or git refused, by kind, from git's words: for good, for now, or a cache that is broken."""

from __future__ import annotations

import re

from gitbot.errors import GitbotError, Refused, Unavailable
from gitbot.git.run import Finished
from gitbot.printable import printable


class NoSuchRefError(Refused):
    """The remote has no such ref."""


class RedirectedError(Refused):
    """The server answered with a redirect, which is not followed: the credential would go with it."""


class BrokenCacheError(GitbotError):
    """A command on the cached repository failed in a way that only a fresh clone mends."""


# (pattern in git's lower-cased words, error, hint). The first that matches decides, so the specific ones come first.
_TABLE: tuple[tuple[str, type[Refused | Unavailable], str], ...] = (
    (r"host key verification failed|no .* host key is known", Refused, "put the server's host key into known_hosts"),
    (
        (
            r"permission denied|authentication failed|could not read (username|password)|invalid username or password"
            r"|returned error: 401|access denied|invalid credentials"
        ),
        Refused,
        "check the credential and its rights",
    ),
    (r"returned error: 403|not authorized|not allowed to", Refused, "check the rights of the credential"),
    (r"returned error: 407", Refused, "check the credential of the proxy"),
    (r"transport '.*' not allowed", Refused, "list the protocol in git.allowProtocols to allow it"),
    (
        (
            r"repository '.*' not found|returned error: 404|does not appear to be a git repository|repository not found"
            r"|no such repository|project you were looking for"
        ),
        Refused,
        "check the URL, and that the credential may see it",
    ),
    (
        r"ssl certificate problem|server certificate verification|certificate verify failed|self.signed certificate",
        Refused,
        "give the certificate authority of the server in auth.ca",
    ),
    (r"couldn't find remote ref|not our ref|remote branch .* not found", NoSuchRefError, "check the ref"),
    (
        (
            r"not valid: is this a git repository|invalid content-type|protocol error|bad line length|unexpected non-hex"
            r"|unrecognized|expected .* got"
        ),
        Unavailable,
        "check that the URL is the address of a Git repository",
    ),
)

# What git says of its own side when the cached repository is damaged. A server that says so costs one fresh clone.
_DAMAGE = re.compile(
    r"is corrupt|corrupt (loose )?object|object file .* is empty|remote did not send all necessary objects|reference broken"
    r"|bad config|bad shallow line|not a git repository: |bad object|unable to read (tree|sha1|[0-9a-f]{40})"
    r"|(packfile|index file) .* (cannot|does not|is|corrupt|too)|inflate: |missing (blob|tree|commit) [0-9a-f]{40}"
    # A branch `a` became a folder of branches, or the other way round: the cache still has the old one.
    r"|cannot lock ref 'refs/seen/"
)

# Lines that say nothing of their own, or that are taken up elsewhere.
_NOISE = re.compile(
    r"remote:|fatal:|error:|hint:|To |Please make sure you have the correct access rights|and the repository exists|@@@|\d\d:\d\d"
)

# What ssh says in one line when it gives up, in the middle of its banners.
_TELLING = re.compile(r"failed|denied|refused|timed out|could not|no route|has changed", re.IGNORECASE)


def failed(doing: str, finished: Finished) -> GitbotError:
    """The error for a network command that failed: its kind from git's words, which are shown as git said them."""
    said = words(finished.err)
    lowered = finished.err.lower()
    if any(_DAMAGE.search(line) for line in lowered.splitlines() if not line.startswith("remote:")):
        return BrokenCacheError(f"{doing}: {said}", hint="clear the cache folder", reason="GitOperationFailed")
    for pattern, kind, hint in _TABLE:
        if re.search(pattern, lowered):
            return kind(f"{doing}: {said}", hint=hint, reason="GitOperationFailed")
    return Unavailable(f"{doing}: {said}", hint="", reason="GitOperationFailed")


def redirected(finished: Finished) -> bool:
    """Whether the server answered with a redirect (git prints the status, not the place)."""
    return bool(re.search(r"returned error: 30[12378]", finished.err))


def words(err: str, limit: int = 600) -> str:
    """Git's and the server's own words on one line: `remote:` lines first, then `fatal:` and `error:`."""
    lines = [line.strip() for line in re.split(r"[\r\n]+", err) if line.strip()]
    remote = [line.removeprefix("remote:").strip() for line in lines if line.startswith("remote:")]
    # Two processes write here, in whatever order: the same failure is to have the same words.
    own = sorted({re.sub(r"^(fatal|error): ", "", line) for line in lines if line.startswith(("fatal:", "error:"))})
    other = [line for line in lines if not _NOISE.match(line)]
    telling = [line for line in other if _TELLING.search(line)] or other
    said = [*(part for part in remote if part), *telling[:4], *own] or ["git said nothing"]
    return "; ".join(printable(part, 300) for part in said)[:limit]
