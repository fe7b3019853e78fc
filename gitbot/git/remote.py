"""Talking to a Git server: which refs it has, and fetching one of them into a bare repository."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from gitbot.errors import GitbotError, Refused, Unavailable
from gitbot.git.access import Access, Door
from gitbot.git.failures import RedirectedError, failed, redirected
from gitbot.git.run import Finished, run
from gitbot.printable import printable
from gitbot.secret import mask

MAX_REFS_BYTES = 256 << 20
# Git asks for a login when the server answers 401, also to the header it sent; nobody is there to be asked.
_LOGIN = re.compile(r"could not read (Username|Password) for")
_SHA256_LINE = re.compile(rb"[0-9a-f]{64}\t")
_REF_LINE = re.compile(r"([0-9a-f]{40})\t(\S.*)")


class Remote:
    """One repository on a server, reached through an opened access; raises Refused, Unavailable or one of their kinds."""

    def __init__(self, access: Access, door: Door, folder: Path) -> None:
        self._access = access
        self._door = door
        self._folder = folder

    def refs(self, wanted: Sequence[str]) -> dict[str, str]:
        """The remote's value of each ref in `wanted` that exists (full names, or HEAD); a tag is peeled to its commit.

        Names are compared exactly here: git's own patterns match tails. `HEAD` comes with the branch it points to under
        `HEAD -> `, when the server says so.
        """
        found = _parse_refs(self._ls_remote(_kinds(wanted), wanted))
        return {ref: found[ref] for ref in (*wanted, "HEAD -> ") if ref in found}

    def tags(self) -> dict[str, str]:
        """Every tag of the remote, by its short name, peeled to its commit."""
        found = _parse_refs(self._ls_remote(["--tags"], []))
        return {ref.removeprefix("refs/tags/"): commit for ref, commit in found.items() if ref.startswith("refs/tags/")}

    def _ls_remote(self, options: list[str], patterns: Sequence[str]) -> str:
        tails = [tail for ref in patterns for tail in (ref, f"{ref}^{{}}")]
        args = ["ls-remote", *options, "--", self._access.url, *tails]
        done = self._network(args, "cannot list the refs of", max_output=MAX_REFS_BYTES)
        if _SHA256_LINE.match(done.out):
            raise Refused(
                f"{self.name} names its objects by SHA-256, which gitbot cannot read yet",
                hint="use a repository in git's usual object format (sha1)",
                reason="GitOperationFailed",
            )
        return done.out.decode("utf-8", "surrogateescape")

    def fetch(self, refspecs: Sequence[str], *options: str, deadline_s: float | None = None) -> Finished:
        """Fetch refspecs into the bare repository; no tags, no hooks, no submodules, no maintenance."""
        fixed = ["--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--no-recurse-submodules", "--force"]
        args = ["fetch", "--quiet", *fixed, *options, "--", self._access.url, *refspecs]
        return self._network(args, "cannot fetch from", deadline_s=deadline_s)

    def push(self, args: Sequence[str]) -> Finished:
        """Run `git push` with these options and refspecs; the caller reads the porcelain answer, whatever the exit code."""
        options = [arg for arg in args if arg.startswith("-")]
        refspecs = [arg for arg in args if not arg.startswith("-")]
        command = ["push", "--porcelain", "--no-verify", *options, "--", self._access.url, *refspecs]
        return run(self._folder, command, env=self._door.remote, deadline_s=self._access.timeout_s)

    def push_failed(self, finished: Finished) -> GitbotError:
        """The error for a push that failed before the server answered for any ref."""
        return self._error("cannot push to", finished)

    def _network(
        self, args: Sequence[str], doing: str, *, deadline_s: float | None = None, max_output: int = 1 << 26
    ) -> Finished:
        deadline = deadline_s if deadline_s is not None else self._access.timeout_s
        try:
            done = run(self._folder, args, env=self._door.remote, deadline_s=deadline, max_output=max_output)
        except Unavailable as error:
            raise type(error)(
                f"{doing} {self.name}: {error.message}", hint=error.hint, reason="GitOperationFailed"
            ) from None
        if not done.ok:
            raise self._error(doing, done)
        return done

    @property
    def name(self) -> str:
        """The URL for messages; the configuration refuses credentials inside URLs, and every sink masks them."""
        return mask(printable(self._access.url))

    def _error(self, doing: str, finished: Finished) -> GitbotError:
        if redirected(finished):
            return RedirectedError(
                f"{doing} {self.name}: the server redirects to {self._where()}, and redirects are not followed",
                hint="put the final URL into the configuration if you trust it",
                reason="GitOperationFailed",
            )
        if _LOGIN.search(finished.err):
            login = self._access.token or self._access.password
            said = "the server refuses the credential" if login else "the server wants a credential, and none is given"
            hint = "check the credential and its rights" if login else "give one in auth of the repository"
            return Refused(f"{doing} {self.name}: {said}", hint=hint, reason="GitOperationFailed")
        return failed(f"{doing} {self.name}", finished)

    def _where(self) -> str:
        """Ask once more for the place the redirect names, for git prints it only in a trace; first without a credential."""
        args = ["ls-remote", "--heads", "--", self._access.url]
        for door in (self._door.bare, self._door.remote):
            env = door | {"GIT_TRACE_CURL": "1", "GIT_TRACE_CURL_NO_DATA": "1", "GIT_TRACE_REDACT": "1"}
            try:
                traced = run(self._folder, args, env=env, deadline_s=self._access.timeout_s, max_output=MAX_REFS_BYTES)
            except Unavailable:
                break
            if place := re.search(r"(?mi)^.*<= recv header: location: *(\S+)", traced.err):
                return printable(place[1].removesuffix("/info/refs?service=git-upload-pack"))
        return "another place"


def _kinds(refs: Sequence[str]) -> list[str]:
    """`--heads` and `--tags` let the server filter (protocol 2); anything else needs the whole list."""
    options = []
    for ref in refs:
        kind = {"refs/heads/": "--heads", "refs/tags/": "--tags"}.get("/".join(ref.split("/", 2)[:2]) + "/")
        if kind is None:
            return ["--symref"]
        options.append(kind)
    return sorted(set(options))


def _parse_refs(text: str) -> dict[str, str]:
    """Ref → commit; `x^{}` (a peeled annotated tag) replaces `x`; the symref line of HEAD comes as `HEAD -> `."""
    found: dict[str, str] = {}
    for line in text.split("\n"):
        if line.startswith("ref: ") and line.endswith("\tHEAD"):
            found["HEAD -> "] = line[5:-5]
        elif match := _REF_LINE.fullmatch(line):
            ref = match[2]
            if ref.endswith("^{}"):
                found[ref[:-3]] = match[1]
            else:
                found.setdefault(ref, match[1])
    return found
