"""Values to store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from gitbot.errors import Problem
from gitbot.image import ImageRef
from gitbot.state import conditions
from gitbot.state.history import Run
from gitbot.state.record import Intent, Move, Record

NOW = datetime(2026, 11, 20, 12, 30, 15, 250_000, tzinfo=UTC)
BEFORE = NOW - timedelta(hours=1)
OLD, NEW = "1" * 40, "2" * 40
PODINFO = ImageRef("ghcr.io/stefanprodan/podinfo", "5.0.3", "sha256:" + "a" * 64)
NGINX = ImageRef("nginx", "1.27")
RESULT = {"files": [{"path": "a.yaml", "objects": [{"kind": "Deployment", "changes": [{"oldValue": "x:1"}]}]}]}

INTENT = Intent(
    run_id="r1",
    refs={"refs/heads/main": Move(OLD, NEW), "refs/heads/auto": Move("", NEW)},
    commit=NEW,
    branch="main",
    message="Update images\n\n- nginx\0\udc80 é",
    result=RESULT,
    observed_policies={"podinfo": PODINFO},
    observed_source_revision=f"main@sha1:{NEW}",
    observed_refs={"refs/heads/main": NEW, "refs/heads/auto": NEW},
    push_branch_head=NEW,
    config_digest="sha256:c2",
    created=NOW,
)
BLANK = Record(namespace="flux-system", name="fleet")
FULL = Record(
    namespace="flux-system",
    name="fleet",
    observed_policies={"podinfo": PODINFO, "nginx": NGINX},
    observed_source_revision=f"main@sha1:{OLD}",
    observed_refs={"refs/heads/main": OLD, "refs/heads/auto": ""},
    push_branch_head=OLD,
    config_digest="sha256:c1",
    last_push_commit=OLD,
    last_push_time=BEFORE,
    last_automation_run_time=NOW,
    conditions=conditions.succeeded((), now=BEFORE),
    intent=INTENT,
)


def run(number: int, *, namespace: str = "flux-system", name: str = "fleet") -> Run:
    return Run(
        id=f"r{number}",
        namespace=namespace,
        name=name,
        started=BEFORE + timedelta(seconds=number),
        finished=NOW,
        outcome="pushed",
        commit=NEW,
        branch="main",
        message="Update images",
        result=RESULT,
        problems=(
            Problem(path="b.yaml", line=3, column=7, code="unknown-policy", message="no such policy", hint="add it"),
        ),
    )
