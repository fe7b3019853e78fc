"""A bare repository on disk: objects in, objects out; only plumbing commands, only by full object names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gitbot.errors import GitbotError
from gitbot.git.access import Door
from gitbot.git.failures import BrokenCacheError, words
from gitbot.git.run import Finished, batches, run

REGULAR = frozenset({"100644", "100755"})
TOKEN = "$imagepolicy"  # noqa: S105 - the marker token, no credential
_WORK_REF = "refs/gitbot/work"
_SHA = re.compile(r"[0-9a-f]{40}")
LOCAL_DEADLINE_S = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who made a commit, and when: `when` is seconds since the epoch in UTC."""

    name: str
    email: str
    when: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a tree, below its full path as bytes."""

    path: bytes
    mode: str
    oid: str


class Bare:
    """The bare repository in one folder; every failure of a local command is a BrokenCacheError."""

    def __init__(self, folder: Path, door: Door) -> None:
        self.folder = folder
        self._env = door.local

    def _git(
        self, *args: str, stdin: bytes = b"", env: Mapping[str, str] | None = None, ok: tuple[int, ...] = (0,)
    ) -> Finished:
        done = run(self.folder, args, env={**self._env, **(env or {})}, stdin=stdin, deadline_s=LOCAL_DEADLINE_S)
        if done.code not in ok:
            verb = next(arg for arg in args if not arg.startswith("-"))
            raise BrokenCacheError(f"git {verb} failed in the cache: {words(done.err)}")
        return done

    def create(self) -> None:
        """Make the folder a bare repository without templates or hooks."""
        self._git("init", "--quiet", "--bare", "--template=", "--initial-branch=none", ".")

    def has(self, commit: str) -> bool:
        """Whether a commit and its tree are here."""
        return run(self.folder, ["cat-file", "-e", f"{_sha(commit)}^{{tree}}"], env=self._env).ok

    def has_tree(self, tree: str) -> bool:
        """Whether a tree is here."""
        return run(self.folder, ["cat-file", "-e", _sha(tree)], env=self._env).ok

    def commit_of(self, ref: str) -> str:
        """The commit a ref of the cache points to, a tag peeled; "" when there is no such ref."""
        done = self._git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}", ok=(0, 1, 128))
        return done.out.decode().strip() if done.ok else ""

    def exists(self, ref: str) -> bool:
        """Whether the cache has a ref, whatever it points to."""
        return self._git("rev-parse", "--verify", "--quiet", "--end-of-options", ref, ok=(0, 1, 128)).ok

    def tree_of(self, commit: str) -> str:
        """The tree of a commit."""
        return self._git("rev-parse", "--verify", "--quiet", f"{_sha(commit)}^{{tree}}").out.decode().strip()

    def entry(self, commit: str, path: str) -> Entry | None:
        """The entry at one path of a commit (file, folder, link or submodule); None when nothing is there."""
        found = list(self._entries(self._ls_tree(commit, [path])))
        return next((entry for entry in found if entry.path == path.encode()), None)

    def modes(self, commit: str, paths: Sequence[str]) -> dict[str, str]:
        """The mode of each of these files in a commit."""
        out = b"".join(self._ls_tree(commit, some, "-r") for some in batches(paths))
        wanted = {path.encode(): path for path in paths}
        return {wanted[entry.path]: entry.mode for entry in self._entries(out) if entry.path in wanted}

    def _ls_tree(self, commit: str, paths: Sequence[str], *options: str) -> bytes:
        # A path is a name here and never a pathspec: a repository may well hold a file `:(exclude)x.yaml`.
        return self._git(
            "--literal-pathspecs", "ls-tree", *options, "-z", "--full-tree", _sha(commit), "--", *paths
        ).out

    @staticmethod
    def _entries(out: bytes) -> Iterator[Entry]:
        for line in out.split(b"\0")[:-1]:
            head, _, path = line.partition(b"\t")
            mode, _, oid = head.split(b" ")
            yield Entry(path, mode.decode(), oid.decode())

    def grep(self, commit: str, pathspecs: Sequence[str], token: str = TOKEN) -> list[bytes]:
        """Paths of the regular files of a commit that hold the (marker) token; git never looks through a symlink here."""
        out = self._git(
            "grep",
            "-a",
            "-l",
            "-z",
            "-F",
            "--no-recurse-submodules",
            "-e",
            token,
            _sha(commit),
            "--",
            *pathspecs,
            ok=(0, 1),
        ).out
        return [name.partition(b":")[2] for name in out.split(b"\0")[:-1]]

    def changed(self, old_tree: str, new_tree: str, pathspecs: Sequence[str]) -> list[Entry]:
        """What differs between two trees: entries of the new one; a path that is gone has mode `000000`."""
        out = self._git(
            "diff-tree",
            "-r",
            "-z",
            "--raw",
            "--no-renames",
            "--no-abbrev",
            _sha(old_tree),
            _sha(new_tree),
            "--",
            *pathspecs,
        ).out
        fields = out.split(b"\0")[:-1]
        entries = []
        for head, path in zip(fields[::2], fields[1::2], strict=True):
            _, mode, _, oid, _ = head.decode().lstrip(":").split(" ")
            entries.append(Entry(path, mode, oid))
        return entries

    def sizes(self, names: Sequence[bytes]) -> list[tuple[str, int]]:
        """`(oid, size in bytes)` of each blob named `<oid>` or `<commit>:<path>`; the names end with NUL (git ≥ 2.38)."""
        out = self._git("cat-file", "--batch-check", "-z", stdin=b"".join(name + b"\0" for name in names)).out
        return [_blob_head(line) for line in out.splitlines()] if names else []

    def blobs(self, names: Iterable[bytes]) -> Iterator[tuple[str, bytes]]:
        """`(oid, content)` of each blob named as for `sizes`, in order."""
        asked = list(names)
        out = (
            self._git("cat-file", "--batch", "-z", stdin=b"".join(name + b"\0" for name in asked)).out if asked else b""
        )
        start = 0
        for _ in asked:
            end = out.index(b"\n", start)
            oid, size = _blob_head(out[start:end])
            yield oid, out[end + 1 : end + 1 + size]
            start = end + 1 + size + 1

    def commit(
        self,
        base: str,
        writes: Mapping[str, bytes],
        modes: Mapping[str, str],
        message: str,
        author: Identity,
        committer: Identity,
    ) -> str:
        """Make a commit on `base` that replaces the content of these files and touches nothing else; return its name."""
        self._git("fast-import", "--quiet", "--force", stdin=_import_stream(base, writes, modes))
        tree = self._git("rev-parse", "--verify", f"{_WORK_REF}^{{tree}}").out.decode().strip()
        env = {
            "GIT_AUTHOR_NAME": author.name, "GIT_AUTHOR_EMAIL": author.email, "GIT_AUTHOR_DATE": f"@{author.when} +0000",
            "GIT_COMMITTER_NAME": committer.name, "GIT_COMMITTER_EMAIL": committer.email,
            "GIT_COMMITTER_DATE": f"@{committer.when} +0000",
        }  # fmt: skip
        made = self._git("commit-tree", tree, "-p", _sha(base), "-F", "-", stdin=message.encode(), env=env)
        commit = made.out.decode().strip()
        touched = {entry.path for entry in self.changed(base, commit, ())}
        if touched != {path.encode() for path in writes}:
            raise GitbotError(
                "the commit would touch other files than planned; nothing was pushed", reason="UpdateFailed"
            )
        return commit

    def commits(self, head: str, exclude: str = "") -> list[tuple[str, str, str]]:
        """`(commit, committer name, committer email)` of what is reachable from `head` and not from `exclude`."""
        args = [_sha(head), *([f"^{_sha(exclude)}"] if exclude else [])]
        out = self._git("rev-list", "--no-commit-header", "--format=%H%x00%cn%x00%ce", *args, "--").out
        rows = [line.split("\0") for line in out.decode("utf-8", "replace").split("\n") if line]
        return [(row[0], row[1], row[2]) for row in rows if len(row) == 3]

    def parents(self, commit: str) -> list[str]:
        """The parents a commit has here: a shallow boundary has none."""
        return self._git("rev-list", "--parents", "-n", "1", _sha(commit), "--").out.decode().split()[1:]

    def contains(self, head: str, commit: str) -> bool:
        """Whether `commit` is here and an ancestor of `head` (or equal), as far as the shallow history tells."""
        return run(self.folder, ["merge-base", "--is-ancestor", _sha(commit), _sha(head)], env=self._env).ok

    def diff(self, old: str, new: str) -> str:
        """The unified diff between two commits, for a person."""
        done = self._git(
            "diff-tree", "-p", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames", _sha(old), _sha(new)
        )
        return done.out.decode("utf-8", "replace")


def _sha(name: str) -> str:
    if not _SHA.fullmatch(name):
        raise GitbotError(f"not a full object name: {name!r}")
    return name


def _blob_head(line: bytes) -> tuple[str, int]:
    """One line of `cat-file --batch`: `<oid> blob <size>`."""
    fields = line.split(b" ")
    if len(fields) != 3 or fields[1] != b"blob":
        raise BrokenCacheError(f"the cache has no such file: {line.decode('utf-8', 'replace')!r}")
    return fields[0].decode(), int(fields[2])


def _import_stream(base: str, writes: Mapping[str, bytes], modes: Mapping[str, str]) -> bytes:
    """The fast-import program: a commit whose tree is wanted, nothing else; every path is C-quoted."""
    lines = [
        f"commit {_WORK_REF}\ncommitter gitbot <gitbot> 0 +0000\ndata 0\nfrom {_sha(base)}\n".encode(),
    ]
    for path, content in sorted(writes.items()):
        mode = modes[path]
        if mode not in REGULAR:
            raise GitbotError(
                f"{path!r} is not a regular file (mode {mode}); it is never written", reason="UpdateFailed"
            )
        lines += [f"M {mode} inline {c_quoted(path)}\ndata {len(content)}\n".encode(), content, b"\n"]
    return b"".join(lines)


def c_quoted(path: str) -> str:
    """A path in C quotes: bytes outside printable ASCII as octal, so that no path can say anything else."""
    shown = "".join(
        chr(byte) if 0x20 <= byte < 0x7F and byte not in b'"\\' else f"\\{byte:03o}" for byte in path.encode()
    )
    return f'"{shown}"'
