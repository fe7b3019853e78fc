"""What a plan makes of each marker: a change, nothing, or a problem that says why."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from gitbot.image import ImageRef
from gitbot.markers.scan import Marked, Scan, scan
from gitbot.plan.plan import plan
from gitbot.plan.wishes import Wishes
from gitbot.policies.decision import Apply, Hold, Keep, NotReady
from gitbot.policies.election import Elections
from tests.markers.yaml_texts import texts

APP = ImageRef("ghcr.io/o/app", "2.0.0", "sha256:" + "6" * 64)
BARE = ImageRef("app", "1.10")
ELECTIONS = Elections(
    images={"ns:p": APP, "ns:q": BARE, "ns:bad": ImageRef("Bad/Name", "x y")},
    failed={"ns:down": "the registry did not answer\n::error::x"},
    hidden={"other:p": "it is in namespace other"},
)


def read(text: str, path: str = "f.yaml") -> Scan:
    return scan(path, text.encode())


def line(value: str, setter: str) -> str:
    return f'a: {value} # {{"$imagepolicy": "{setter}"}}\n'


NOOPS = {
    "no marker": "a: x\n",
    "the image already": line(str(APP), "ns:p"),
    "the tag already": line("2.0.0", "ns:p:tag"),
    "the tag already, in quotes": line("'2.0.0'", "ns:p:tag"),
    "a tag that should have quotes but has its value": line("1.10", "ns:q:tag"),
    "the name already": line("app", "ns:q:name"),
}
CHANGES = {
    "image": ("ns:p", str(APP)),
    "tag": ("ns:p:tag", "2.0.0"),
    "name": ("ns:p:name", "ghcr.io/o/app"),
    "digest": ("ns:p:digest", APP.digest),
    "image without digest": ("ns:q", "app:1.10"),
}
PROBLEMS = {
    "nobody configured it": ("ns:none", "unknown-policy", "warning", "there is no policy ns:none"),
    "another namespace": ("other:p", "unknown-policy", "warning", "it is in namespace other"),
    "nothing elected": ("ns:down", "policy-failed", "warning", "did not answer\\n::error::x"),
    "an invalid image": ("ns:bad", "invalid-reference", "error", "invalid image name"),
    "no digest": ("ns:q:digest", "missing-digest", "error", "knows no digest of app:1.10"),
}


@pytest.mark.parametrize("text", NOOPS.values(), ids=NOOPS)
def test_a_value_that_is_right_is_no_change(text: str) -> None:
    planned = plan([read(text)], ELECTIONS)
    assert not planned.result
    assert (planned.writes, planned.problems, planned.held) == ({}, (), ())


@pytest.mark.parametrize(("setter", "value"), CHANGES.values(), ids=CHANGES)
def test_a_marker_gets_its_part_of_the_image(setter: str, value: str) -> None:
    planned = plan([read("b: c\n" + line("x", setter))], ELECTIONS)
    (change,) = planned.result.changes()
    assert (change.old_value, change.new_value, change.setter) == ("x", value, setter)
    assert (change.line, change.column, change.key_path, change.document) == (2, 4, "a", 0)
    assert planned.problems == ()
    assert plan([scan("f.yaml", planned.writes["f.yaml"])], ELECTIONS).writes == {}


@pytest.mark.parametrize(("setter", "code", "severity", "words"), PROBLEMS.values(), ids=PROBLEMS)
def test_a_marker_that_gets_nothing_is_a_problem(setter: str, code: str, severity: str, words: str) -> None:
    planned = plan([read(line("x", setter) + line("y", "ns:q"))], ELECTIONS)
    (problem,) = planned.problems
    assert (problem.path, problem.line, problem.code, problem.severity) == ("f.yaml", 1, code, severity)
    assert words in problem.message
    assert problem.key_path == "a"
    assert [change.new_value for change in planned.result.changes()] == ["app:1.10"]


def test_files_objects_and_problems_come_in_order() -> None:
    texts_by_path = {
        "b.yaml": "kind: B\n"
        + line("x", "ns:q")
        + "---\nkind: A\n"
        + line("y", "ns:q")
        + "---\nkind: B\n"
        + line("z", "ns:q"),
        "a.yaml": line("x", "ns:none") + line("x", "ns:q"),
    }
    planned = plan((read(text, path) for path, text in texts_by_path.items()), ELECTIONS)
    assert list(planned.result.file_changes) == list(planned.writes) == ["a.yaml", "b.yaml"]
    found = planned.result.file_changes["b.yaml"]
    assert [(one.kind, [change.old_value for change in changes]) for one, changes in found.items()] == [
        ("A", ["y"]),
        ("B", ["x", "z"]),
    ]
    assert [one.path for one in planned.problems] == ["a.yaml"]


def test_problems_of_the_file_are_passed_on() -> None:
    planned = plan([read("# $imagepolicy\n" + line("x", "ns:q"))], ELECTIONS)
    assert [one.code for one in planned.problems] == ["malformed-marker"]
    assert len(planned.writes) == 1


def test_a_file_whose_edit_is_not_proven_is_left_whole_and_told() -> None:
    honest = read(line("x", "ns:q") + "b: c\n" + line("y", "ns:none"))
    wrong = replace(honest.marked[0], key_path="somewhere.else")
    lying = Scan(path="f.yaml", text=honest.text, marked=(wrong, *honest.marked[1:]))
    planned = plan([lying], ELECTIONS)
    assert (planned.writes, planned.result.changes()) == ({}, ())
    assert [(one.line, one.code) for one in planned.problems] == [(1, "refused-edit"), (3, "unknown-policy")]


@settings(deadline=None, max_examples=60)
@given(texts())
def test_a_policy_that_elects_the_current_values_changes_nothing(text: str) -> None:
    found = scan("f", text.encode())
    images = {}
    for one in found.marked:
        if one.part == "image" and one.value == "x:1":
            images[one.policy] = ImageRef("x", "1")
    planned = plan([found], Elections(images=images))
    assert all(change.old_value != "x:1" for change in planned.result.changes() if change.part == "image")


@settings(deadline=None, max_examples=60)
@given(texts())
def test_a_second_run_changes_nothing(text: str) -> None:
    first = plan([scan("f", text.encode())], ELECTIONS)
    after = first.writes.get("f", text.encode())
    second = plan([scan("f", after)], ELECTIONS)
    assert not second.writes
    assert [one.code for one in first.problems if one.code != "refused-edit"] == [
        one.code for one in second.problems if one.code != "refused-edit"
    ]


@settings(deadline=None, max_examples=60)
@given(texts())
def test_a_file_is_settled_when_nothing_changes_and_nothing_is_said(text: str) -> None:
    found = scan("f", text.encode())
    known = None if found.problems else [(one.policy, one.part, one.value) for one in found.marked]
    planned = plan([found], ELECTIONS)
    assert Wishes(ELECTIONS).settled(known) == (not planned.writes and not planned.problems)


def test_a_marker_says_what_it_wishes() -> None:
    def one(setter: str) -> Marked:
        return read(line("x", setter)).marked[0]

    assert Wishes(ELECTIONS).of(one("ns:q:tag")).value == "1.10"
    assert Wishes(ELECTIONS).of(one("ns:none")).value is None


class Answering:
    """A policy that answers by the value that stands at a marker."""

    def __init__(self, answers):
        self.answers = answers

    def decide(self, current):
        return self.answers[current.tag if current else None]


def decided(text, answers):
    scanned = scan("a.yaml", text.encode())
    elections = Elections(deciders={"ns:p": Answering(answers)})
    known = [(marked.policy, marked.part, marked.value) for marked in scanned.marked]
    return plan([scanned], elections), Wishes(elections).settled(known)


TWO = 'a: app:1 # {"$imagepolicy": "ns:p"}\nb: "2" # {"$imagepolicy": "ns:p:tag"}\n'
WANTED = ImageRef("app", "3")


def test_a_policy_that_answers_each_marker_may_keep_all():
    planned, settled = decided(TWO, {"1": Apply(ImageRef("app", "1")), "2": Apply(ImageRef("app", "2"))})
    assert (planned.writes, planned.problems, planned.held, settled) == ({}, (), (), True)


def test_a_policy_may_write_one_marker_and_hold_the_other():
    planned, settled = decided(TWO, {"1": Apply(WANTED), "2": Hold("too large", WANTED, "app")})
    assert planned.writes == {"a.yaml": TWO.replace("app:1 ", "app:3 ").encode()}
    [held] = planned.held
    assert (held.line, held.part, held.current, held.wanted, held.code) == (2, "tag", "2", "3", "app")
    assert planned.as_dict()["held"] == [held.as_dict()]
    assert not settled


def test_a_smaller_change_is_written_while_a_larger_is_held():
    planned, _ = decided(
        TWO, {"1": Apply(ImageRef("app", "2"), held=Hold("too large", WANTED, "app")), "2": Apply(ImageRef("app", "2"))}
    )
    assert b"app:2" in planned.writes["a.yaml"]
    assert [held.wanted for held in planned.held] == ["app:3"]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Keep("it is newer", "downgrade"), "kept-downgrade"),
        (NotReady("no metadata"), "policy-failed"),
        (Apply(ImageRef("app", "not a tag")), "invalid-reference"),
        (Apply(ImageRef("app", "1"), notes=("beware",)), "policy-note"),
    ],
)
def test_every_other_answer_is_a_problem_and_the_value_stays(answer, code):
    planned, settled = decided('a: app:1 # {"$imagepolicy": "ns:p"}\n', {"1": answer})
    assert planned.writes == {}
    assert [problem.code for problem in planned.problems] == [code]
    assert not settled
