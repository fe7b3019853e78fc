"""Sample data a template is tried on when the configuration is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from gitbot.errors import Problem
from gitbot.image import ImageRef
from gitbot.message.context import MessageContext
from gitbot.plan.result import Change, ObjectId, ResultV2, older_result
from gitbot.plan.wishes import Held

_DIGEST = "sha256:" + "0" * 64
_IMAGE = ImageRef("registry.example.com/team/app", "1.1.0", _DIGEST)


def _change(old: str, new: str, part: str) -> Change:
    suffix = "" if part == "image" else f":{part}"
    return Change(
        old_value=old,
        new_value=new,
        setter=f"sample:app{suffix}",
        policy="sample:app",
        part=part,  # type: ignore[arg-type]  # one of the four parts, as written below
        line=12,
        column=16,
        key_path="spec.template.spec.containers[0].image",
        document=0,
    )


def _full() -> ResultV2:
    deployment = ObjectId("apps/v1", "Deployment", "app", "sample")
    overlay = ObjectId("kustomize.config.k8s.io/v1beta1", "Kustomization", "", "")
    image = _change("registry.example.com/team/app:1.0.0", str(_IMAGE), "image")
    parts = (_change("app", _IMAGE.name, "name"), _change("1.0.0", "1.1.0", "tag"), _change("", _DIGEST, "digest"))
    return ResultV2(
        file_changes={"apps/app.yaml": {deployment: (image,)}, "overlays/kustomization.yaml": {overlay: parts}}
    )


def samples(values: Mapping[str, str]) -> tuple[MessageContext, ...]:
    """Two sample updates with the user's values: one with everything in it, one with a single change and nothing else."""
    full = _full()
    alone = ResultV2(
        file_changes={path: objects for path, objects in full.file_changes.items() if path.startswith("apps/")}
    )
    problem = Problem(path="apps/old.yaml", line=3, column=9, code="unknown-policy", message="no policy sample:old")
    elected = {"sample:app": _IMAGE}
    held = Held(
        path="apps/held.yaml",
        line=4,
        policy="sample:app",
        part="tag",
        current="1.0.0",
        wanted="2.0.0",
        code="major",
        reason="a major update waits for a person",
    )
    base = MessageContext(
        automation="sample/fleet",
        changed=full,
        updated=older_result(full, elected),
        values=values,
        url="https://git.example.com/fleet.git",
        branch="main",
        revision="main@sha1:" + "0" * 40,
        held=(held,),
        problems=(problem,),
    )
    return base, replace(base, changed=alone, updated=older_result(alone, elected), held=(), problems=())
