"""Slash-separated paths, as Go's package path has them."""

from __future__ import annotations

from gitbot.message.gotemplate.function import Table

TABLE = Table()
define = TABLE.define


@define("clean osClean", "string")
def clean(path: str) -> str:
    """The shortest path that means the same."""
    rooted = path.startswith("/")
    kept: list[str] = []
    for name in path.split("/"):
        if name in ("", "."):
            continue
        if name != ".." or (not rooted and (not kept or kept[-1] == "..")):
            kept.append(name)
        elif kept:
            kept.pop()
    return ("/" if rooted else "") + "/".join(kept) or "."


@define("base osBase", "string")
def base(path: str) -> str:
    """The last element."""
    if not path:
        return "."
    bare = path.rstrip("/")
    return bare.rpartition("/")[2] if bare else "/"


@define("dir osDir", "string")
def folder(path: str) -> str:
    """All but the last element."""
    head, slash, _ = path.rpartition("/")
    return clean(head + slash)


@define("ext osExt", "string")
def extension(path: str) -> str:
    """The suffix of the last element, from its last dot on."""
    name = path.rpartition("/")[2]
    return name[name.rfind(".") :] if "." in name else ""


define("isAbs osIsAbs", "string")(lambda path: path.startswith("/"))
