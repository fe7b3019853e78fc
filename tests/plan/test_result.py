"""The result as a value: order, views, JSON there and back, the older result."""

from __future__ import annotations

import jsonschema
import pytest

from gitbot.errors import GitbotError, Problem
from gitbot.image import ImageRef
from gitbot.markers.grammar import Part
from gitbot.plan.plan import Plan
from gitbot.plan.result import Change, ObjectId, ResultV2, UpdatedImage, below, older_result, result_of
from gitbot.plan.schema import result_schema

A = ObjectId("apps/v1", "Deployment", "a", "ns")
B = ObjectId("v1", "Pod", "b")


def change(old: str, new: str, setter: str = "ns:p") -> Change:
    return Change(old_value=old, new_value=new, setter=setter, policy="ns:p", line=3, column=4, key_path="spec.image")


RESULT = result_of(
    [
        ("z.yaml", B, change("1", "2")),
        ("a.yaml", B, change("1", "2")),
        ("a.yaml", A, change("0", "2")),
        ("z.yaml", B, change("x", "y", "ns:p:tag")),
    ]
)


def test_an_empty_result_is_false_and_empty_everywhere() -> None:
    assert not ResultV2()
    assert (ResultV2().changes(), ResultV2().objects(), ResultV2().as_dict()) == ((), {}, {"files": []})


def test_files_and_objects_are_sorted_and_changes_keep_their_order() -> None:
    assert RESULT
    assert {path: list(objects) for path, objects in RESULT.file_changes.items()} == {"a.yaml": [A, B], "z.yaml": [B]}
    assert [one.old_value for one in RESULT.file_changes["z.yaml"][B]] == ["1", "x"]


def test_the_changes_are_distinct_and_in_order() -> None:
    assert [(one.old_value, one.new_value) for one in RESULT.changes()] == [("0", "2"), ("1", "2"), ("x", "y")]


def test_the_objects_are_merged_over_files() -> None:
    assert list(RESULT.objects()) == [A, B]
    assert [one.old_value for one in RESULT.objects()[B]] == ["1", "1", "x"]


def test_the_json_reads_back() -> None:
    assert ResultV2.from_dict(RESULT.as_dict()) == RESULT


def test_a_reader_needs_few_fields() -> None:
    bare = {"apiVersion": "v1", "kind": "Pod", "namespace": "", "name": "b"}
    changes = [{"oldValue": "1", "newValue": "2", "setter": "ns:p:tag"}]
    result = ResultV2.from_dict({"files": [{"path": "f", "objects": [{**bare, "changes": changes}]}]})
    (one,) = result.file_changes["f"][B]
    assert (one.policy, one.part, one.line) == ("ns:p", "tag", 0)


@pytest.mark.parametrize("changed", [{}, {"files": 1}, {"files": [{"path": "f"}]}, {"files": [1]}, []])
def test_what_is_no_result_is_an_error(changed: object) -> None:
    with pytest.raises(GitbotError, match="not a result"):
        ResultV2.from_dict(changed)  # type: ignore[arg-type]  # that is the point


def test_a_plan_is_what_the_schema_says() -> None:
    schema = result_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    problem = Problem(path="f", line=1, code="limit", message="m", key_path="a", hint="h")
    planned = Plan(result=RESULT, problems=(problem,))
    jsonschema.validate(planned.as_dict(), schema)
    jsonschema.validate(Plan().as_dict(), schema)
    broken = planned.as_dict()
    del broken["changed"]["files"][0]["objects"][0]["changes"][0]["setter"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, schema)


def test_the_older_result_names_images_once_an_object() -> None:
    image = ImageRef("helloworld", "v1.0.1")
    older = older_result(RESULT, {"ns:p": image})
    assert older.files == {
        "a.yaml": {A: (UpdatedImage(image, "ns:p"),), B: (UpdatedImage(image, "ns:p"),)},
        "z.yaml": {B: (UpdatedImage(image, "ns:p"),)},
    }
    assert older.images() == (UpdatedImage(image, "ns:p"),)
    assert list(older.objects()) == [A, B]
    assert older_result(RESULT, {}).files == {}


@pytest.mark.parametrize(
    ("setter", "part", "written", "shown"),
    [
        ("ns:p", "image", "app:1.7.6-rev1-b1.2", ImageRef("app", "1.7.6-rev1-b1.2")),
        ("ns:p:tag", "tag", "1.7.6-rev1-b1.2", ImageRef("app", "1.7.6-rev1-b1.2")),
        ("ns:p:tag", "tag", "1.8.0-rev1-b1.1", ImageRef("app", "1.8.0-rev1-b1.1", "sha256:ab")),
        ("ns:p:name", "name", "app", ImageRef("app", "1.8.0-rev1-b1.1", "sha256:ab")),
    ],
)
def test_the_older_result_names_what_was_written_where_markers_get_different_answers(
    setter: str, part: Part, written: str, shown: ImageRef
) -> None:
    one = Change(old_value="app:0", new_value=written, setter=setter, policy="ns:p", part=part)
    older = older_result(result_of([("a.yaml", A, one)]), {"ns:p": ImageRef("app", "1.8.0-rev1-b1.1", "sha256:ab")})
    assert older.images() == (UpdatedImage(shown, "ns:p"),)


@pytest.mark.parametrize(
    ("ref", "registry", "repository", "identifier", "name"),
    [
        (
            ImageRef("helloworld", "v1"),
            "index.docker.io",
            "library/helloworld",
            "v1",
            "index.docker.io/library/helloworld:v1",
        ),
        (ImageRef("docker.io/o/a", "v1"), "index.docker.io", "o/a", "v1", "index.docker.io/o/a:v1"),
        (ImageRef("localhost:5000/o/a", "v1"), "localhost:5000", "o/a", "v1", "localhost:5000/o/a:v1"),
        (ImageRef("ghcr.io/o/a", "v1", "sha256:ab"), "ghcr.io", "o/a", "sha256:ab", "ghcr.io/o/a@sha256:ab"),
    ],
)
def test_an_updated_image_has_the_parts_templates_know(
    ref: ImageRef, registry: str, repository: str, identifier: str, name: str
) -> None:
    image = UpdatedImage(ref, "ns:p")
    assert (image.registry, image.repository, image.identifier, image.name) == (registry, repository, identifier, name)
    assert str(image) == str(ref)


@pytest.mark.parametrize(
    ("folder", "paths"),
    [
        pytest.param("", ["apps/a.yaml", "b.yaml"], id="the root"),
        pytest.param("apps", ["a.yaml", "b.yaml"], id="a folder"),
        pytest.param("b.yaml", ["apps/a.yaml", "b.yaml"], id="a file"),
    ],
)
def test_paths_may_start_at_a_folder(folder: str, paths: list[str]) -> None:
    assert list(below(ResultV2({"apps/a.yaml": {}, "b.yaml": {}}), folder).file_changes) == paths
