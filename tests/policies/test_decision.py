"""What a marker says now, and the answers a policy can give."""

from __future__ import annotations

import pytest

from gitbot.image import ImageRef
from gitbot.policies.decision import Current, Hold, NotReady, Part, Stated

DIGEST = "sha256:" + "a" * 64
VALUES: list[tuple[Part, str, Current | None]] = [
    ("image", "", Current()),
    ("image", "nginx", Current("nginx")),
    ("image", "nginx:1.2", Current("nginx", "1.2")),
    ("image", f"nginx:1.2@{DIGEST}", Current("nginx", "1.2", DIGEST)),
    ("image", f"nginx@{DIGEST}", Current("nginx", "", DIGEST)),
    ("image", "localhost:5000/app", Current("localhost:5000/app")),
    ("image", "localhost:5000/app:1.2", Current("localhost:5000/app", "1.2")),
    ("tag", "1.2", Current(tag="1.2")),
    ("digest", DIGEST, Current(digest=DIGEST)),
    ("name", "nginx", None),
]


@pytest.mark.parametrize(("part", "value", "expected"), VALUES, ids=[f"{row[0]} {row[1][:30]}" for row in VALUES])
def test_the_value_at_a_marker_is_read_by_its_part(part: Part, value: str, expected: Current | None) -> None:
    assert Current.of(part, value) == expected


def test_the_tag_beside_a_digest_belongs_to_it() -> None:
    assert Current.of("digest", DIGEST, "1.2") == Current(tag="1.2", digest=DIGEST)
    assert Current.of("tag", "1.3", "1.2") == Current(tag="1.3")


def test_a_value_is_of_an_image_when_it_says_so_or_says_nothing() -> None:
    assert Current(tag="1").is_of("ghcr.io/a/b")
    assert Current("nginx").is_of("docker.io/library/nginx")
    assert Current("index.docker.io/acme/app").is_of("acme/app")
    assert not Current("nginx").is_of("ghcr.io/library/nginx")


def test_a_stated_answer_is_the_same_for_all() -> None:
    assert Stated(NotReady("why")).decide(None) == Stated(NotReady("why")).decide(Current(tag="1")) == NotReady("why")


def test_a_held_change_has_a_json_form() -> None:
    assert Hold("too large", ImageRef("a", "2", DIGEST), "app").as_dict() == {
        "wanted": f"a:2@{DIGEST}",
        "code": "app",
        "reason": "too large",
    }
