"""A repository during one run: what its refs are, and any commit of it brought into the cache."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from gitbot.config.refs import check_refname
from gitbot.errors import GitbotError, Refused
from gitbot.git.access import Access, opened
from gitbot.git.failures import BrokenCacheError, NoSuchRefError
from gitbot.git.remote import Remote
from gitbot.git.repository import Bare
from gitbot.git.run import GitOutputError, GitTimeoutError
from gitbot.printable import printable
from gitbot.source.cache import CacheFolder

HEAD = "HEAD"


class Session:
    """One repository, opened for the automations that share it: one `ls-remote`, one fetch, one scan.

    What the server said of a ref is kept until `forget()`; a ref that does not exist has the commit "".
    """

    def __init__(self, remote: Remote, bare: Bare, folder: CacheFolder) -> None:
        self.remote = remote
        self.bare = bare
        self.folder = folder
        self._heads: dict[str, str] = {}
        self._default = ""
        self._tags: dict[str, str] | None = None

    def observe(self, refs: Iterable[str]) -> dict[str, str]:
        """The remote's commit of each full ref ("" where there is none); asks only for those not known yet."""
        wanted = list(dict.fromkeys(refs))
        unknown = [ref for ref in wanted if ref not in self._heads]
        if unknown:
            answer = self.remote.refs(unknown)
            self._default = answer.pop("HEAD -> ", self._default)
            self._heads.update({ref: answer.get(ref, "") for ref in unknown})
        return {ref: self._heads[ref] for ref in wanted}

    def default_branch(self) -> str:
        """The branch the remote's HEAD points to, as a full ref; raises NoSuchRefError for an empty repository."""
        self.observe([HEAD])
        if not self._default:
            raise NoSuchRefError(
                f"{self.remote.name} has no default branch: it is empty, or its HEAD points nowhere",
                hint="push a first commit, or name the branch in `ref`",
                reason="GitOperationFailed",
            )
        try:
            return check_refname(self._default)  # a server's word: it must not mean more than a branch to git
        except ValueError as error:
            raise Refused(
                f"{self.remote.name} names an impossible default branch: {error}",
                hint="name the branch in `ref`",
                reason="GitOperationFailed",
            ) from error

    def tags(self) -> dict[str, str]:
        """Every tag of the remote and its commit."""
        if self._tags is None:
            self._tags = self.remote.tags()
        return self._tags

    def forget(self) -> None:
        """Ask the server again at the next question: somebody else has pushed."""
        self._heads.clear()
        self._tags = None

    def learned(self, ref: str, commit: str) -> None:
        """Remember what our own push made of a ref."""
        self._heads[ref] = commit

    def bring(self, ref: str, commit: str) -> str:
        """Make a ref's commit available in the cache and return it: a newer one when the remote has moved meanwhile.

        A ref new to the cache comes with depth 1; a known one by a plain fetch, within the deadline. Raises NoSuchRefError
        when the ref is gone, BrokenCacheError when only a fresh cache helps.
        """
        if self.bare.has(commit):
            return commit
        seen = _seen(ref)
        options = ["--depth=1"] if not self.bare.commit_of(seen) else []
        try:
            self.remote.fetch([f"+{ref}:{seen}"], *options)
        except (GitTimeoutError, GitOutputError) as error:
            if options:
                raise
            raise BrokenCacheError(f"a fetch into the old cache took too long: {error.message}") from error
        found = self.bare.commit_of(seen)
        if not found and self.bare.exists(seen):
            raise Refused(
                f"{self.remote.name}: {printable(ref)} stands for no commit",
                hint="it is a tag of a file or a folder: delete it, or name another ref",
                reason="GitOperationFailed",
            )
        if not found:
            raise BrokenCacheError(f"{ref} was fetched but is not in the cache")
        self._heads[ref] = found
        return found

    def bring_commit(self, commit: str) -> str:
        """Make a commit available by its name alone; servers allow that for commits that a ref reaches."""
        if not self.bare.has(commit):
            self.remote.fetch([f"+{commit}:refs/seen/commits/{commit}"], "--depth=1")
        return commit

    def own_commits(self, ref: str, head: str, base_ref: str) -> list[tuple[str, str, str]]:
        """`(commit, committer name, email)` of what `ref` has beyond `base_ref`, by one fetch that leaves the base out."""
        seen = _seen(f"refs/own/{ref.removeprefix('refs/')}")
        try:
            self.remote.fetch([f"+{ref}:{seen}"], f"--shallow-exclude={base_ref}")
        except GitbotError as error:
            # upload-pack says this when nothing is left after the exclusion: the base holds all of it.
            if (
                "error processing shallow info: 4" in error.message
                or "no commits selected for shallow" in error.message
            ):
                return []
            raise
        return self.bare.commits(head)

    def bring_with_parent(self, ref: str) -> None:
        """Make the commit of a ref and its parents available."""
        self.remote.fetch([f"+{ref}:{_seen(ref)}"], "--depth=2")


def _seen(ref: str) -> str:
    """Where the cache keeps what it saw of a remote ref."""
    return f"refs/seen/{ref.removeprefix('refs/')}"


@contextmanager
def session(root: Path, access: Access, *, fresh: bool = False) -> Iterator[Session]:
    """Open a repository for one run: private files laid out, cache locked, created when it is missing or `fresh`."""
    folder = CacheFolder(root, access)
    with opened(access) as door, folder.locked(max(600.0, access.timeout_s * 4)):
        bare = folder.fresh(door) if fresh else folder.open(door)
        folder.clear_locks()
        yield Session(Remote(access, door, bare.folder), bare, folder)


def full_branch(name: str) -> str:
    """`refs/heads/<name>`."""
    return f"refs/heads/{name}"


def short_names(refs: Sequence[str]) -> list[str]:
    """The refs as people write them."""
    return [ref.removeprefix("refs/heads/").removeprefix("refs/tags/") for ref in refs]
