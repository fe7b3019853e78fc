"""Results and contexts that the tests of messages share."""

from __future__ import annotations

import json
from pathlib import Path

from gitbot.errors import Problem
from gitbot.image import ImageRef
from gitbot.message.context import MessageContext
from gitbot.message.render import Engine, compile_message
from gitbot.plan.result import Change, ObjectId, ResultV2, older_result, result_of
from gitbot.plan.wishes import Held

FIXTURES = Path(__file__).parents[2] / "fixtures" / "message"
SHIPPED = Path(__file__).parents[2] / "commit_templates"
VALUES = {"cluster": "prod", "empty": "", "flag": "true", "multi": "a,b,c", "team": "Core Platform"}


def seed() -> ResultV2:
    """The result the project's sample message is about."""
    return ResultV2.from_dict(json.loads((FIXTURES / "seed.json").read_text())["changed"])


def context(changed: ResultV2 | None = None, **more: object) -> MessageContext:
    """A context of the automation flux-system/fleet; the seed's result unless another is given."""
    return MessageContext(
        **(
            {"automation": "flux-system/fleet", "changed": seed() if changed is None else changed, "values": VALUES}
            | more
        )
    )


def one_change(
    old: str = "app:1", new: str = "app:2", path: str = "a.yaml", kind: str = "Deployment", **more: object
) -> ResultV2:
    """A result of one change."""
    change = Change(old_value=old, new_value=new, setter="ns:app", policy="ns:app", part="image", **more)
    return result_of([(path, ObjectId("apps/v1", kind, "app", "ns"), change)])


def with_images(changed: ResultV2) -> MessageContext:
    """The context of a change with the elected image known."""
    return context(changed, updated=older_result(changed, {"ns:app": ImageRef("app", "2")}))


def many(count: int) -> ResultV2:
    """A result of this many changes, ten to a file."""
    return result_of(
        (
            f"apps/{number // 10:05d}.yaml",
            ObjectId("apps/v1", "Deployment", f"app-{number}", "ns"),
            Change(
                old_value=f"registry.example.com/team/app-{number}:1.0.0",
                new_value=f"registry.example.com/team/app-{number}:1.1.0",
                setter="ns:app",
            ),
        )
        for number in range(count)
    )


def render(text: str, changed: ResultV2 | None = None, engine: Engine = "jinja", **more: object) -> str:
    """The text of a template for a context."""
    return compile_message(text, name="message", engine=engine).render(context(changed, **more))


PROBLEM = Problem(path="apps/b.yaml", line=3, code="unknown-policy", message="no policy ns:b")
HELD = Held(
    path="a.yaml", line=4, policy="ns:app", part="tag", current="1", wanted="2", code="major", reason="too\nlarge"
)
