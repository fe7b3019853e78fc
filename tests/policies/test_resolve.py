from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from gitbot.config.models import Config
from gitbot.errors import ConfigError
from gitbot.image import ImageRef
from gitbot.policies.decision import Apply, Current, Keep
from gitbot.policies.election import Elections
from gitbot.policies.memory import NoMemory
from gitbot.policies.resolve import Resolved, asks, elections_for, resolve
from gitbot.wiring.offices import office

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

DIGEST = "sha256:" + "0" * 64


def never() -> bytes:
    raise AssertionError("standard input was read")


def config(base, policies=(), results=None, selector=None, namespace="default", stdin=False) -> Config:
    written = {
        "repositories": [{"name": "r", "url": "https://git.example.com/r"}],
        "policies": list(policies),
        "automations": [
            {
                "name": "a",
                "namespace": namespace,
                "sourceRef": {"name": "r", "namespace": "default"},
                "policySelector": selector or {},
                "git": {"commit": {"author": {"email": "a@example.com"}}},
            }
        ],
        "resultsFrom": (["results.json"] if results is not None else []) + (["-"] if stdin else []),
    }
    if results is not None:
        (base / "results.json").write_text(json.dumps(results))
    return Config.model_validate(written).at(base)


def policy(name="p", kind=None, **more):
    return {"name": name, "image": f"example.com/{name}", "policy": kind or {"fixed": {"tag": "1"}}, **more}


def seen(found: Config, stdin=never) -> Elections:
    return elections_for(found, found.automations[0], resolve(found, stdin=stdin))


SEMVER = {"semver": {"range": "1.x"}}
ONE = ImageRef("example.com/p", "1")


def test_without_policies_there_is_nothing(tmp_path):
    assert resolve(config(tmp_path), stdin=never) == Resolved()
    assert seen(config(tmp_path)) == Elections()


def test_a_fixed_policy_elects_what_it_says(tmp_path):
    assert seen(config(tmp_path, [policy()])).images == {"default:p": ONE}
    with_digest = policy(kind={"fixed": {"tag": "1", "digest": DIGEST}})
    assert seen(config(tmp_path, [with_digest])).images == {"default:p": ImageRef("example.com/p", "1", DIGEST)}


def test_a_stated_image_never_replaces_a_newer_one_where_that_is_forbidden(tmp_path):
    found = seen(config(tmp_path, [policy(kind={"fixed": {"tag": "1.0.0"}}, allowDowngrade=False)]))
    answers = {tag: found.deciders["default:p"].decide(Current("example.com/p", tag)) for tag in ("0.9.0", "2.0.0")}
    assert isinstance(answers["0.9.0"], Apply)
    assert isinstance(answers["2.0.0"], Keep)
    given = config(tmp_path, [policy(kind=SEMVER, allowDowngrade=False)], {"default:p": "example.com/p:1.0.0"})
    assert isinstance(seen(given).deciders["default:p"].decide(Current("example.com/p", "2.0.0")), Keep)


@pytest.mark.parametrize("guard", [{"minAge": "3d"}, {"platforms": ["linux/amd64"]}])
def test_guards_that_cannot_ask_let_nothing_pass(tmp_path, guard):
    found = config(tmp_path, [policy(**guard)])
    assert asks(found)
    assert "not asked here" in seen(found).failed["default:p"]


def test_what_stands_for_a_policy_in_the_record_is_never_an_image_to_write(tmp_path):
    leveled = {"leveled": {"tags": ["1.7.6-rev1-b1.2"]}}
    found = config(tmp_path, [policy(kind=leveled)])
    with office(found, NoMemory(), clock=lambda: NOW) as facts:
        elections = elections_for(found, found.automations[0], resolve(found, stdin=never, office=facts))
    assert elections.images == {"default:p": ImageRef("example.com/p", "1.7.6-rev1-b1.2")}
    assert elections.observed["default:p"].digest.startswith("sha256:")


def test_another_policy_elects_what_the_results_give(tmp_path):
    found = config(tmp_path, [policy(kind=SEMVER)], {"default:p": "example.com/p:1"})
    assert seen(found) == Elections(images={"default:p": ONE})


def test_a_fixed_policy_wins_over_the_results(tmp_path):
    assert seen(config(tmp_path, [policy()], {"default:p": "example.com/p:2"})).images == {"default:p": ONE}


def test_results_of_policies_that_are_not_configured_count(tmp_path):
    assert seen(config(tmp_path, [], {"default:p": "example.com/p:1"})).images == {"default:p": ONE}


def test_the_image_of_a_policy_may_stand_in_images(tmp_path):
    written = {
        "images": [{"name": "i", "image": "example.com/p"}],
        "policies": [{"name": "p", "imageRepositoryRef": {"name": "i"}, "policy": {"fixed": {"tag": "1"}}}],
    }
    assert resolve(Config.model_validate(written).at(tmp_path), stdin=never).images == {"default:p": ONE}


@pytest.mark.parametrize(
    ("kind", "results", "message"),
    [
        pytest.param(SEMVER, None, "its registry is not asked here", id="no result"),
        pytest.param({"leveled": {}}, None, "its registry is not asked here", id="no result, leveled"),
        pytest.param(
            SEMVER, {"default:other": "example.com/p:1"}, "its registry is not asked here", id="result of another"
        ),
        pytest.param(SEMVER, {"default:p": "example.com/p"}, "has no tag", id="invalid result"),
        pytest.param(
            SEMVER, {"default:p": "example.com/q:1"}, "is of image 'example.com/q'", id="result of another image"
        ),
    ],
)
def test_a_policy_that_elects_nothing_fails_alone(tmp_path, kind, results, message):
    elections = seen(config(tmp_path, [policy(kind=kind), policy("q")], results))
    assert set(elections.images) - {"default:other"} == {"default:q"}
    assert set(elections.failed) == {"default:p"}
    assert message in elections.failed["default:p"]


def test_a_wrong_entry_of_an_unknown_policy_fails_that_policy(tmp_path):
    found = config(tmp_path, [], {"default:p": "example.com/p"})
    assert "has no tag" in seen(found).failed["default:p"]
    assert [problem.code for problem in resolve(found, stdin=never).problems] == ["invalid-reference"]


def test_an_automation_sees_its_own_namespace(tmp_path):
    found = config(tmp_path, [policy(), policy("q", namespace="other")], namespace="other")
    elections = seen(found)
    assert set(elections.images) == {"other:q"}
    assert elections.hidden == {
        "default:p": "it is in namespace default, and automation other/a sees only its own namespace",
    }


def test_an_automation_sees_what_it_selects(tmp_path):
    policies = [policy(labels={"app": "web"}), policy("q", labels={"app": "api"}), policy("r")]
    elections = seen(config(tmp_path, policies, {"default:s": "x/y:1"}, selector={"matchLabels": {"app": "web"}}))
    assert set(elections.images) == {"default:p"}
    assert elections.hidden == {
        "default:q": "the policySelector of automation default/a does not select it: its labels do not match",
        "default:r": "the policySelector of automation default/a does not select it: it has no labels",
        "default:s": "the policySelector of automation default/a does not select it: it has no labels",
    }


def test_a_selector_reads_the_labels_of_objects_in_results(tmp_path):
    item = {
        "apiVersion": "image.toolkit.fluxcd.io/v1",
        "kind": "ImagePolicy",
        "metadata": {"name": "p", "namespace": "default", "labels": {"app": "web"}},
        "status": {"latestRef": {"name": "example.com/p", "tag": "1"}},
    }
    found = config(tmp_path, [], {"apiVersion": "v1", "kind": "List", "items": [item]}, {"matchLabels": {"app": "web"}})
    assert seen(found) == Elections(images={"default:p": ONE})


def test_a_suspended_policy_is_hidden_and_elects_nothing(tmp_path):
    elections = seen(config(tmp_path, [policy(kind=SEMVER, suspend=True)], {"default:p": "example.com/p:1"}))
    assert elections == Elections(hidden={"default:p": "it is suspended"})


def test_what_is_hidden_does_not_fail(tmp_path):
    elections = seen(config(tmp_path, [policy(kind=SEMVER, namespace="other")]))
    assert elections.failed == {}


def test_standard_input_is_read_once_and_only_when_named(tmp_path):
    read = []

    def stdin() -> bytes:
        read.append(1)
        return b'{"default:p": "example.com/p:2"}'

    found = config(tmp_path, [], {"default:p": "example.com/p:1"}, stdin=True)
    assert seen(found, stdin).images == {"default:p": ImageRef("example.com/p", "2")}
    assert read == [1]


def test_a_missing_result_file_stops_the_run(tmp_path):
    found = config(tmp_path, [policy()], {})
    (tmp_path / "results.json").unlink()
    with pytest.raises(ConfigError, match="No such file"):
        resolve(found, stdin=never)
