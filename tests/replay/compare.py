"""What a commit of Flux elected, and how gitbot's edit of the parent compares with what the commit left behind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from gitbot.image import ImageRef, InvalidReferenceError
from gitbot.markers.documents import split
from gitbot.markers.reader import UnreadableError, events
from gitbot.markers.scan import Marked, Scan, scan
from gitbot.printable import printable

Kind = Literal["same", "respelled", "reformatted", "edited", "unclear", "different"]
MEANING: dict[Kind, str] = {
    "same": "the very bytes of the commit",
    "respelled": "the same values; the commit quotes or tags a marked value in another way",
    "reformatted": "marked lines only; the commit also reformatted other lines",
    "edited": "marked lines only; the commit also changed something else",
    "unclear": "not compared: the commit does not say what its policies elected",
    "different": "WRONG: other values, or lines without a marker changed",
}
FIT: tuple[Kind, ...] = ("same", "respelled", "reformatted", "edited")
UNNAMED = "replayed.invalid/unnamed"  # a policy of which only tags are written has a name nobody sees


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one file of one commit compares, and what was seen."""

    path: str
    kind: Kind
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Elected:
    """Policies as `ns:name` with the image a commit shows; `unclear` says of the others why they cannot be told."""

    images: Mapping[str, ImageRef]
    unclear: Mapping[str, str]


def elected(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> Elected:
    """What each policy had elected when `before` became `after` (path -> bytes), as the marked values tell.

    Where markers of one policy disagree, those that changed count: the others were out of the automation's sight.
    """
    seen: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    moved: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for path, data in after.items():
        old = {_place(one): one.value for one in scan(path, before.get(path, b"")).marked}
        for one in scan(path, data).marked:
            seen[one.policy][one.part].add(one.value)
            if old.get(_place(one), one.value) != one.value:
                moved[one.policy][one.part].add(one.value)
    images: dict[str, ImageRef] = {}
    unclear: dict[str, str] = {}
    for policy, parts in seen.items():
        told = {part: moved[policy].get(part) or values for part, values in parts.items()}
        image = _image(told)
        if isinstance(image, ImageRef):
            images[policy] = image
        else:
            unclear[policy] = image
    return Elected(images, unclear)


def compare(path: str, before: bytes, after: bytes, ours: bytes) -> Verdict:
    """Judge gitbot's edit of `before` by the commit's `after`."""
    if ours == after:
        return Verdict(path, "same")
    stray = sorted(changed_lines(before, ours) - marked_lines(scan(path, before)))
    if stray:
        return Verdict(path, "different", f"gitbot changed lines without a marker: {stray[:5]}")
    wanted, got = values(scan(path, after)), values(scan(path, ours))
    if [setter for setter, _ in wanted] != [setter for setter, _ in got]:
        return Verdict(path, "unclear", "the commit changed the markers themselves")
    if wanted != got:
        return Verdict(path, "different", _first_difference(wanted, got))
    if changed_lines(after, ours) <= marked_lines(scan(path, ours)):
        return Verdict(path, "respelled")
    return Verdict(path, "reformatted" if meaning(after) == meaning(ours) else "edited")


def changed_lines(old: bytes, new: bytes) -> set[int]:
    """The numbers of the lines that differ; all of them, 0 included, when their count does."""
    one, other = old.split(b"\n"), new.split(b"\n")
    if len(one) != len(other):
        return set(range(max(len(one), len(other)) + 1))
    return {number for number, pair in enumerate(zip(one, other, strict=True), 1) if pair[0] != pair[1]}


def marked_lines(scanned: Scan) -> set[int]:
    """The numbers of the lines that hold a marked value."""
    return {one.line for one in scanned.marked}


def values(scanned: Scan) -> list[tuple[str, str]]:
    """Each marker with the value it stands at, in order."""
    return [(one.setter, one.value) for one in scanned.marked]


def meaning(data: bytes) -> list[tuple[Any, ...]]:
    """What a file says to a program that loads it: no comments, no layout, no empty documents; its text if it is no YAML."""
    text = data.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    said: list[tuple[Any, ...]] = []
    try:
        for chunk in split(text):
            said += _document(text[chunk.start : chunk.end].replace("\r\n", "\n"))
    except UnreadableError:
        return [("text", text)]
    return said


def _document(text: str) -> list[tuple[Any, ...]]:
    nodes = [
        (type(event).__name__, getattr(event, "anchor", None), _value(event))
        for event in events(text, "libyaml")
        if not type(event).__name__.startswith(("Stream", "Document"))
    ]
    return [] if nodes in ([], [("ScalarEvent", None, ("", True))]) else nodes


def _value(event: Any) -> tuple[str, bool] | None:
    if not hasattr(event, "value"):
        return None
    return event.value, not event.style  # the style tells text from a number; a tag that only repeats it does not count


def _place(one: Marked) -> tuple[int, str, str]:
    return one.document, one.key_path, one.setter


def _image(parts: Mapping[str, Iterable[str]]) -> ImageRef | str:
    """One image from the values of a policy's markers by part, or why there is none."""
    told: dict[str, str] = {}
    for part, shown in parts.items():
        several = sorted(shown)
        if len(several) > 1:
            return f"its markers show {len(several)} values: {printable(', '.join(several), 200)}"
        for name, value in _told(part, several[0]).items():
            if told.setdefault(name, value) != value:
                return f"its markers disagree about the {name}: {printable(told[name])} and {printable(value)}"
    image = ImageRef(told.get("name", UNNAMED), told.get("tag", "0"), told.get("digest", ""))
    try:
        image.check()
    except InvalidReferenceError as error:
        return printable(error.message)
    return image


def _told(part: str, value: str) -> dict[str, str]:
    if part != "image":
        return {part: value}
    rest, _, digest = value.partition("@")
    name, colon, tag = rest.rpartition(":")
    if not colon or "/" in tag:
        name, tag = rest, ""
    return {"name": name, "tag": tag} | ({"digest": digest} if digest else {})


def _first_difference(wanted: list[tuple[str, str]], got: list[tuple[str, str]]) -> str:
    first = next((one, other) for one, other in zip(wanted, got, strict=True) if one != other)
    (setter, value), (_, mine) = first
    return f"{setter} is {printable(value)} in the commit, {printable(mine)} here"
