"""Bare repositories made from {path: text} and read back: what tests build, and where they look at the outcome."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

FIRST_SECOND = 1_700_000_000
CONFIG = """\
[http]
\treceivepack = true
[receive]
\tadvertisePushOptions = true
\tautogc = false
[uploadpack]
\tallowFilter = true
[gc]
\tauto = 0
[core]
\tfsync = none
"""


@dataclass(frozen=True, slots=True)
class Executable:
    """A file with the executable bit."""

    text: str


@dataclass(frozen=True, slots=True)
class Symlink:
    """A symbolic link with this target, never followed by the repository itself."""

    target: str


@dataclass(frozen=True, slots=True)
class Gitlink:
    """A submodule at this commit; its .gitmodules entry is a file like any other."""

    commit: str = "1" * 40


Content = str | bytes | Executable | Symlink | Gitlink | None  # None: the file is deleted


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit as the remote shows it; author and committer as `Name <mail>`, times in seconds."""

    id: str
    parents: tuple[str, ...]
    author: str
    committer: str
    author_time: int
    message: str


@dataclass(slots=True)
class GitRepo:
    """One bare repository."""

    path: Path
    _made: int = field(default=0)

    @classmethod
    def create(
        cls, path: Path, files: Mapping[str | bytes, Content] | Mapping[str, str], *, branch: str = "main"
    ) -> GitRepo:
        """Make it; without files it stays empty: HEAD names a branch that is not born."""
        repo = cls(path)
        subprocess.run(["git", "init", "-q", "--bare", "--template=", "-b", branch, path], check=True)
        with (path / "config").open("a") as config:
            config.write(CONFIG)
        if files:
            repo.commit(files, branch=branch, message="Add the files")
        return repo

    @property
    def url(self) -> str:
        """Its file:// URL."""
        return self.path.as_uri()

    def git(self, *argv: str, data: bytes | None = None) -> str:
        """Run git in it and return what it printed, without the last newline."""
        return self.git_bytes(*argv, data=data).decode("utf-8", "surrogateescape").removesuffix("\n")

    def git_bytes(self, *argv: str, data: bytes | None = None) -> bytes:
        """Run git in it and return exactly what it printed; an error shows git's own words."""
        done = subprocess.run(["git", "-C", self.path, *argv], input=data, capture_output=True, check=False)
        assert done.returncode == 0, f"git {' '.join(argv)}: {done.stderr.decode(errors='replace')}"
        return done.stdout

    def commit(
        self,
        files: Mapping[str | bytes, Content] | Mapping[str, str],
        *,
        branch: str = "main",
        message: str = "Change files",
        author: str = "Ada <ada@example.com>",
        onto: str | None = None,
    ) -> str:
        """Add one commit by `author` to a branch (on the revision `onto`, to start or rewind it) and return its id."""
        when = FIRST_SECOND + 60 * self._made
        self._made += 1
        ref = f"refs/heads/{branch}"
        parent = onto or self.head(branch)
        stream = b"".join(
            [
                f"commit {ref}\nmark :1\nauthor {author} {when} +0000\ncommitter {author} {when} +0000\n".encode(),
                _data(message.encode()),
                f"from {self.git('rev-parse', f'{parent}^0')}\n".encode() if parent else b"",
                *(_entry(name, content) for name, content in files.items()),
                b"get-mark :1\ndone\n",
            ]
        )
        return self.git("fast-import", "--quiet", "--done", "--force", "--date-format=raw", data=stream)

    def commit_tree(self, entries: Sequence[tuple[str, bytes, str]], *, branch: str = "main") -> str:
        """Add a commit whose root tree is exactly these (mode, name, object id): also names that git itself would refuse."""
        raw = b"".join(mode.encode() + b" " + name + b"\0" + bytes.fromhex(oid) for mode, name, oid in entries)
        tree = self.git("hash-object", "-t", "tree", "--literally", "-w", "--stdin", data=raw)
        head = self.head(branch)
        commit = self.git("commit-tree", tree, "-m", "An odd tree", *(["-p", head] if head else []))
        self.git("update-ref", f"refs/heads/{branch}", commit)
        return commit

    def blob(self, content: str | bytes) -> str:
        """Store a blob and return its id."""
        return self.git("hash-object", "-w", "--stdin", data=content.encode() if isinstance(content, str) else content)

    def tag(self, name: str, revision: str = "main", *, message: str = "") -> None:
        """Put a tag on a revision; with a message it is an annotated one."""
        self.git("tag", "-f", *(["-a", "-m", message] if message else []), name, revision)

    def head(self, branch: str = "main") -> str | None:
        """The commit a branch points at, or None where the branch does not exist."""
        found = self.git("for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}")
        return found or None

    def refs(self) -> dict[str, str]:
        """Every ref with the object it points at."""
        lines = self.git("for-each-ref", "--format=%(refname) %(objectname)").splitlines()
        return dict(line.split(" ") for line in lines)

    def read(self, path: str, branch: str = "main") -> str:
        """The text of a file at a branch or any revision."""
        return self.read_bytes(path, branch).decode()

    def read_bytes(self, path: str, branch: str = "main") -> bytes:
        """The bytes of a file at a branch or any revision."""
        return self.git_bytes("cat-file", "blob", f"{branch}:{path}")

    def modes(self, branch: str = "main") -> dict[str, str]:
        """Every path of the tree with its mode; odd bytes in a name are surrogates."""
        rows = self.git("ls-tree", "-r", "-z", branch).rstrip("\0").split("\0")
        return {row.partition("\t")[2]: row[:6] for row in rows if row}

    def log(self, branch: str = "main") -> list[Commit]:
        """The commits of a branch, the newest first."""
        if self.head(branch) is None:
            return []
        shown = self.git("log", "-z", "--format=%H%x1f%P%x1f%an <%ae>%x1f%cn <%ce>%x1f%at%x1f%B", branch, "--")
        return list(_commits(shown))

    def count(self, branch: str = "main") -> int:
        """How many commits a branch has; 0 where it does not exist."""
        return len(self.log(branch))

    def changed(self, branch: str = "main") -> list[str]:
        """The paths that the newest commit of a branch changed."""
        return self.git("diff-tree", "-r", "--root", "--no-commit-id", "--name-only", branch).splitlines()

    def configure(self, key: str, value: str = "true") -> None:
        """Set a key of the repository's own configuration, such as receive.denyNonFastForwards or receive.denyDeletes."""
        self.git("config", key, value)

    def hook(self, name: str, script: str) -> None:
        """Install a hook (a shell script without its first line)."""
        path = self.path / "hooks" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def refuse(self, words: str, *, hook: str = "pre-receive") -> None:
        """Let a hook refuse every push with these words."""
        self.hook(hook, f"cat >&2 <<'WORDS'\n{words}\nWORDS\nexit 1")

    def protect(self, branch: str = "main") -> None:
        """Refuse pushes to one branch as a forge with protected branches words it."""
        words = f"error: GH006: Protected branch update failed for refs/heads/{branch}."
        self.hook("update", f'if [ "$1" = "refs/heads/{branch}" ]; then echo "{words}" >&2; exit 1; fi')

    def check(self) -> None:
        """Assert that every object is sound and every link is there."""
        self.git("fsck", "--strict", "--no-dangling")


def _quoted(path: str | bytes) -> bytes:
    """A path as fast-import reads it: always in C quotes, so that no byte of it means anything."""
    raw = os.fsencode(path)
    return b'"' + b"".join(bytes([c]) if 32 < c < 127 and c not in b'"\\' else b"\\%03o" % c for c in raw) + b'"'


def _data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)


def _entry(path: str | bytes, content: Content) -> bytes:
    name = _quoted(path)
    match content:
        case None:
            return b"D " + name + b"\n"
        case Gitlink(commit):
            return b"M 160000 " + commit.encode() + b" " + name + b"\n"
        case Symlink(target):
            return b"M 120000 inline " + name + b"\n" + _data(target.encode())
        case Executable(text):
            return b"M 100755 inline " + name + b"\n" + _data(text.encode())
        case _:
            raw = content.encode() if isinstance(content, str) else content
            return b"M 100644 inline " + name + b"\n" + _data(raw)


def _commits(shown: str) -> Iterator[Commit]:
    for row in filter(None, shown.split("\0")):
        oid, parents, author, committer, when, message = row.split("\x1f")
        yield Commit(oid, tuple(parents.split()), author, committer, int(when), message.rstrip("\n"))
