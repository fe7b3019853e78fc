"""Whose a place is, and its key path."""

from __future__ import annotations

import pytest

from gitbot.markers.identity import ObjectId, key_path
from gitbot.markers.scan import Marked, scan

M = '# {"$imagepolicy": "ns:p"}'
EMPTY = ObjectId("", "", "")


def only(text: str) -> Marked:
    (marked,) = scan("f.yaml", text.encode()).marked
    return marked


OBJECTS = {
    "nothing said": (f"image: x {M}\n", EMPTY, "image"),
    "a root list": (f"- a\n- image: x {M}\n", EMPTY, "[1].image"),
    "the root": (
        f"apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  namespace: prod\n  name: web\nspec:\n  image: x {M}\n",
        ObjectId("apps/v1", "Deployment", "web", "prod"),
        "spec.image",
    ),
    "said after the marker": (f"image: x {M}\nkind: A\nmetadata: {{name: n}}\n", ObjectId("", "A", "n"), "image"),
    "parts of another kind": (f"kind: [a]\nmetadata: {{name: {{a: b}}}}\nimage: x {M}\n", EMPTY, "image"),
    "null parts": (
        f"kind:\nmetadata:\n  name: ~\n  namespace: 'null'\nimage: x {M}\n",
        ObjectId("", "", "", "null"),
        "image",
    ),
    "a number for a name": (f"kind: A\nmetadata:\n  name: 123\nimage: x {M}\n", ObjectId("", "A", "123"), "image"),
    "a nested object is not the object": (
        f"kind: A\nspec:\n  kind: B\n  metadata:\n    name: inner\n  image: x {M}\n",
        ObjectId("", "A", ""),
        "spec.image",
    ),
    "an item of a List": (
        f"kind: List\nitems:\n- kind: A\n  image: y\n- image: x {M}\n  kind: B\n  metadata:\n    name: b\n",
        ObjectId("", "B", "b"),
        "image",
    ),
    "an item of a ResourceList": (f"kind: ResourceList\nitems:\n- image: x {M}\n", EMPTY, "image"),
    "a List beside its items": (f"kind: List\nitems: []\nimage: x {M}\n", ObjectId("", "List", ""), "image"),
    "items of what is no List": (
        f"kind: Menu\nitems:\n- kind: B\n  image: x {M}\n",
        ObjectId("", "Menu", ""),
        "items[0].image",
    ),
    "a typed list with whole objects": (
        f"kind: PodList\nitems:\n- kind: Pod\n  image: x {M}\n",
        ObjectId("", "Pod", ""),
        "image",
    ),
}


@pytest.mark.parametrize(("text", "expected", "path"), OBJECTS.values(), ids=OBJECTS)
def test_a_marker_belongs_to_the_object_of_its_document_or_item(text: str, expected: ObjectId, path: str) -> None:
    marked = only(text)
    assert (marked.object, marked.key_path) == (expected, path)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), ""),
        (("a", "b_c", "d-e"), "a.b_c.d-e"),
        (("a", 0, 12, "b"), "a[0][12].b"),
        ((3, "a"), "[3].a"),
        (("a.b/c", "d"), '["a.b/c"].d'),
        (("a", "1x"), 'a["1x"]'),
        (('say "hi"\n',), '["say \\"hi\\"\\n"]'),
        (("a", None, "b"), "a[?].b"),
    ],
)
def test_a_key_path_quotes_odd_keys(path: tuple[str | int | None, ...], text: str) -> None:
    assert key_path(path) == text


def test_a_key_path_stays_short_whatever_the_keys() -> None:
    assert len(key_path(("x" * 1_000_000,) * 150)) <= 1001


def test_objects_sort_by_version_kind_name_and_namespace() -> None:
    made = [ObjectId("v1", "A", "b", "a"), ObjectId("v1", "A", "a", "z"), ObjectId("", "Z", "z", "z")]
    assert sorted(made) == [made[2], made[1], made[0]]
