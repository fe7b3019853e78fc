"""`gitbot explain`: why one field is or is not changed, or what a policy elects and where that comes from."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gitbot.cli.folders import elections_from, tree
from gitbot.cli.output import include_option, output_option, print_json
from gitbot.errors import Problem, UsageError
from gitbot.markers.grammar import TOKEN
from gitbot.markers.lines import Lines
from gitbot.markers.scan import Marked, Scan
from gitbot.plan.plan import plan
from gitbot.plan.wishes import Wishes
from gitbot.policies.election import Elections
from gitbot.printable import printable
from gitbot.secret import mask
from gitbot.source.folder import is_yaml

if TYPE_CHECKING:
    from gitbot.config.models import Automation

_PLACE = re.compile(r"(?P<file>.+):(?P<line>[0-9]+)(?::[0-9]+)?")
_POLICY = re.compile(r"[^:/\s]+:[^:/\s]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What is known of policies: what they elect, and where each of those comes from."""

    elections: Elections
    origins: Mapping[str, str]
    candidates: Mapping[str, list[dict[str, str]]] = field(default_factory=dict)
    automations: tuple[Automation, ...] = ()
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@click.command()
@click.argument("subject", metavar="FILE:LINE | NS:POLICY")
@click.option(
    "--config", "-c", "config", type=click.Path(path_type=Path), help="Configuration; $GITBOT_CONFIG or ./gitbot.yaml."
)
@include_option
@click.option("--policies", help="Elected images, as for `gitbot apply`; - is standard input.")
@output_option
def explain(subject: str, config: Path | None, include: tuple[str, ...], policies: str | None, output: str) -> int:
    """Say why a field is or is not changed, or what a policy elects.

    Exits 0 when there is an answer, 1 when the line has no marker or the policy is unknown.
    """
    place = _PLACE.fullmatch(subject)
    if place is None and not _POLICY.fullmatch(subject):
        raise UsageError(f"neither FILE:LINE nor NAMESPACE:POLICY: {printable(subject)}")
    known = _known(config, include, policies)
    if place is not None and (Path(place["file"]).exists() or "/" in place["file"] or is_yaml(place["file"])):
        facts = _line(Path(place["file"]), int(place["line"]), known)
    else:
        facts = _policy(subject, known)
    if output == "json":
        print_json({"subject": subject, **facts})
    else:
        _say(facts)
    return 0 if facts["found"] else 1


def _known(config: Path | None, include: tuple[str, ...], policies: str | None) -> _Known | None:
    if policies is not None and (config is not None or include):
        raise UsageError("give --config and --include, or --policies, not both")
    if policies is not None:
        elections, _ = elections_from(policies)
        return _Known(elections=elections, origins=dict.fromkeys(elections.images, f"the results in {policies}"))
    from gitbot.config.load import DEFAULT, config_path

    # No configuration is needed to explain a marker; one that $GITBOT_CONFIG names is meant, and has to be there.
    default = config_path(None)
    if config is None and not include and default == Path(DEFAULT) and not default.exists():
        return None
    from gitbot.cli.elections import asked, candidates

    with asked(config, include) as (loaded, resolved):
        fixed = {policy.key for policy in loaded.policies if policy.policy.fixed is not None}
        hidden = dict.fromkeys(resolved.suspended, "it is suspended")
        origins = {key: "fixed in the configuration" if key in fixed else "resultsFrom" for key in resolved.images}
        origins |= dict.fromkeys(loaded.aside.latest, "status.latestRef of its manifest")
        origins |= dict.fromkeys(resolved.elected.keys() - fixed, "elected by its policy")
        deciders = {key: one.decider for key, one in resolved.elected.items() if one.decider and one.image}
        elections = Elections(images=resolved.images, failed=resolved.failed, hidden=hidden, deciders=deciders)
        tables = {key: candidates(one) for key, one in resolved.elected.items()}
    facts: dict[str, Any] = {"automations": loaded.automations, "labels": resolved.labels}
    return _Known(elections=elections, origins=origins, candidates=tables, **facts)


def _line(path: Path, line: int, known: _Known | None) -> dict[str, Any]:
    found = tree([path], from_folder=False)
    scans = list(found.scans())
    problems = [*found.problems, *(problem for scanned in scans for problem in scanned.problems)]
    for marked in (marked for scanned in scans for marked in scanned.marked):
        if line in {marked.line, marked.marker_line}:
            return _marked(marked, scans, known)
    at_line = [problem for problem in problems if problem.line in {line, 0}]
    if at_line:
        return {"found": True, "state": "problem", **_reason(at_line[0]), "path": str(path), "line": line}
    return {
        "found": False,
        "state": "unmarked",
        "path": str(path),
        "line": line,
        "reason": _unmarked(path, line, scans),
    }


def _unmarked(path: Path, line: int, scans: list[Scan]) -> str:
    if not scans:
        return f"the file holds no {TOKEN}, so nothing in it is changed"
    text = Lines(scans[0].text).text(line)
    if text is None:
        return f"{printable(str(path))} has no line {line}"
    return "the line has no marker, so nothing in it is changed"


def _marked(marked: Marked, scans: list[Scan], known: _Known | None) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "found": True,
        "path": marked.path,
        "line": marked.line,
        "column": marked.column,
        "object": {
            "apiVersion": marked.object.api_version,
            "kind": marked.object.kind,
            "namespace": marked.object.namespace,
            "name": marked.object.name,
        },
        "keyPath": marked.key_path,
        "marker": marked.setter,
        "policy": marked.policy,
        "part": marked.part,
        "current": marked.value,
    }
    if known is None:
        return facts | {"state": "unknown", "reason": "no policies are given; use --config or --policies"}
    if known.automations:
        facts["automations"] = _automations(marked, known)
    wish = Wishes(known.elections).of(marked)
    if wish.held is not None:
        facts |= {"wanted": wish.held.wanted, "from": known.origins.get(marked.policy, "")}
        if wish.value is None:
            return facts | {"state": "held", "code": wish.held.code, "reason": wish.held.reason}
    if wish.value is None:
        return facts | {"state": "problem", **_reason(wish.problems[0])}
    facts |= {"wanted": wish.value, "from": known.origins.get(marked.policy, "")}
    if wish.value == marked.value:
        return facts | {"state": "up-to-date", "reason": "it has the elected value already"}
    refused = [problem for problem in plan(scans, known.elections).problems if problem.code == "refused-edit"]
    here = [problem for problem in refused if problem.line == marked.marker_line]
    return facts | (
        {"state": "problem", **_reason(here[0])} if here else {"state": "changes", "reason": "it will be changed"}
    )


def _automations(marked: Marked, known: _Known) -> dict[str, str]:
    """What each automation does about a file, its path taken from the repository's root (run this in a clone's root)."""
    from gitbot.config.selector import matches
    from gitbot.source.tree import Scope, left_out

    found = {}
    for automation in known.automations:
        scope = Scope(automation.update.path, automation.update.exclude)
        why = "it is suspended" if automation.suspend else left_out(scope, marked.path)
        if not why and marked.policy.partition(":")[0] != automation.namespace:
            why = f"it sees the policies of namespace {automation.namespace} only"
        if not why and not matches(automation.policy_selector, known.labels.get(marked.policy, {})):
            why = "its policySelector does not select the policy"
        found[automation.key] = f"leaves it alone: {why}" if why else "edits it"
    return found


def _policy(key: str, known: _Known | None) -> dict[str, Any]:
    facts: dict[str, Any] = {"policy": key, "found": True}
    if known is None:
        raise UsageError("no policies are given", hint="use --config or --policies")
    table = {"candidates": known.candidates[key]} if known.candidates.get(key) else {}
    image = known.elections.images.get(key)
    if image is not None:
        parts = {"image": str(image), "name": image.name, "tag": image.tag, "digest": image.digest}
        return facts | {"state": "elected", **parts, "from": known.origins.get(key, ""), **table}
    why = known.elections.failed.get(key) or known.elections.hidden.get(key)
    if why is not None:
        return facts | {"state": "nothing", "reason": why, **table}
    return facts | {"found": False, "state": "unknown", "reason": "there is no such policy"}


def _reason(problem: Problem) -> dict[str, Any]:
    reason = {"code": problem.code, "reason": problem.message}
    return reason | ({"hint": problem.hint} if problem.hint else {})


def _say(facts: Mapping[str, Any]) -> None:
    from gitbot.cli.elections import print_candidates

    for key, value in facts.items():
        if key in {"found", "candidates"}:
            continue
        if key == "automations":
            shown = "; ".join(f"{name} {what}" for name, what in value.items())
        else:
            shown = " ".join(str(part) for part in value.values() if part) if isinstance(value, Mapping) else str(value)
        sys.stdout.write(mask(f"{key + ':':<10} {printable(shown, 2000)}") + "\n")
    print_candidates(facts.get("candidates", ()))
