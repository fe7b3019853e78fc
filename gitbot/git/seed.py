"""A bare repository made from a folder: one first commit, ready to be pushed to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gitbot.errors import GitbotError
from gitbot.git.access import Access, opened
from gitbot.git.failures import words
from gitbot.git.repository import Bare, Identity, c_quoted
from gitbot.git.run import run

BRANCH = "refs/heads/main"


def seed(folder: Path, files: Mapping[str, bytes], message: str, author: Identity) -> None:
    """Make `folder` a bare repository whose main branch has these files; raises GitbotError when git refuses."""
    folder.mkdir(parents=True)
    who = f"{author.name} <{author.email}> {author.when} +0000"
    text = message.encode()
    stream = [f"commit {BRANCH}\nauthor {who}\ncommitter {who}\ndata {len(text)}\n".encode(), text, b"\n"]
    for path, content in sorted(files.items()):
        stream += [f"M 100644 inline {c_quoted(path)}\ndata {len(content)}\n".encode(), content, b"\n"]
    with opened(Access(url=str(folder))) as door:
        Bare(folder, door).create()
        for args, data in ((["fast-import", "--quiet"], b"".join(stream)), (["symbolic-ref", "HEAD", BRANCH], b"")):
            done = run(folder, args, env=door.local, stdin=data)
            if not done.ok:
                raise GitbotError(f"cannot make the repository {folder}: {words(done.err)}")
