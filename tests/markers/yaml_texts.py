"""YAML texts made at random: fields, lists, blocks, flow, quotes, comments and markers, in every line ending."""

from __future__ import annotations

from hypothesis import strategies as st

MARKERS = ('# {"$imagepolicy": "ns:p"}', '# {"$imagepolicy": "ns:p:tag"}', '#{"$imagepolicy":"ns:q:name"}')
PLAIN = ("x:1", "1.10", "a b  c", "--flag=x", "http://x#y", "~", "null", "$(X)", "a,b", "é", "5", ".5", "x: 1"[:1])
SIMPLE = (*PLAIN, "'q:1'", '"d:1"', '""', "{}", "[]", '{a: "b}"}', "[a, b]")
ODD = (
    *(
        "'it''s'",
        '"e\\n\\""',
        "&v v",
        "!!str z",
        "!foo 'z'",
        "!!int 5",
        "{a: x:1}",
        "[a, [b]]",
        "*v",
        "<<",
        "=",
        "|2",
        "'x\n  y'",
    ),
    *("a: b", "- x", "@x", "{{ .V }}", "é\u2028z", "x\x85y", "x\ty", '"$imagepolicy"', "[x", "%x", "? k"),
)
KEYS = ("a", "b", "image", "kind", "apiVersion", "metadata", "name", "namespace", "items", "k.x/y")
ENDS = st.sampled_from(["\n", "\n", "\r\n", "\r"])


@st.composite
def comments(draw: st.DrawFn) -> str:
    """What stands behind a value: mostly nothing or a marker."""
    return draw(
        st.sampled_from(["", "", "", " ", " # c", *(f"{blank}{one}" for one in MARKERS for blank in (" ", "   "))])
    )


@st.composite
def fields(draw: st.DrawFn, values: tuple[str, ...], indent: int = 0, depth: int = 0) -> list[str]:
    """The lines of a map or a list at some indentation."""
    as_list = draw(st.booleans())
    lines: list[str] = []
    for _ in range(draw(st.integers(1, 3))):
        if draw(st.integers(0, 9)) == 0:
            lines.append(" " * draw(st.sampled_from([0, indent])) + draw(st.sampled_from(["", "# c", MARKERS[0]])))
        head = " " * indent + ("-" if as_list else draw(st.sampled_from(KEYS)) + ":")
        lines += draw(_field(head, values, indent, depth, as_list))
    return lines


@st.composite
def _field(draw: st.DrawFn, head: str, values: tuple[str, ...], indent: int, depth: int, as_list: bool) -> list[str]:
    kind = draw(st.sampled_from(["value"] * 5 + ["nested"] * 3 + ["block", "empty", "below"]))
    if kind == "nested" and depth < 4:
        inner = draw(fields(values, indent + (2 if as_list else draw(st.sampled_from([1, 2, 4]))), depth + 1))
        if as_list and inner[0].strip() and not inner[0].lstrip().startswith("#"):
            return [head + inner[0][indent + 1 :], *inner[1:]]
        return [head + draw(st.sampled_from(["", " # c"])), *inner]
    if kind == "block":
        text = [" " * (indent + 2) + draw(st.sampled_from(["x:1", "a: b", "- c", "# no", "'", MARKERS[0]]))]
        return [
            f"{head} {draw(st.sampled_from(['|', '|-', '>', '>+']))}{draw(comments())}",
            *text * draw(st.integers(0, 2)),
        ]
    if kind == "empty":
        return [head + draw(comments())]
    if kind == "below":
        return [head, " " * (indent + 2) + draw(st.sampled_from(PLAIN)) + draw(comments())]
    return [f"{head} {draw(st.sampled_from(values))}{draw(comments())}"]


@st.composite
def texts(draw: st.DrawFn, values: tuple[str, ...] = (*SIMPLE, *ODD)) -> str:
    """A file of one to three documents, perhaps with a byte order mark, perhaps no YAML at all."""
    lines: list[str] = []
    for number in range(draw(st.integers(1, 3))):
        if number or draw(st.booleans()):
            lines.append(draw(st.sampled_from(["---", "--- # c", "...", "---"])))
        lines += draw(fields(values, draw(st.sampled_from([0, 0, 2]))))
    end = draw(ENDS)
    return draw(st.sampled_from(["", "", "\ufeff"])) + end.join(lines) + draw(st.sampled_from([end, "", end * 2]))
