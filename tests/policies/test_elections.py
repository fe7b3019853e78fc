"""All elections of a run: how often registries are asked, what is remembered, what a failure costs the others."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from gitbot.config.models import Config
from gitbot.image import ImageRef
from gitbot.policies.decision import Current, Hold
from gitbot.policies.elections import elect_all
from gitbot.policies.guards import Listing
from gitbot.policies.memory import (
    LastElected,
    NoMemory,
    TagList,
    keep_elected,
    keep_tag_list,
    last_elected,
    sightings,
    tag_list,
)
from gitbot.policies.resolve import resolve
from gitbot.wiring.offices import office
from tests.servers import bad_registry as bad

DIGEST = "sha256:" + "0" * 64
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class Remembering:
    """A memory like the cache table of the state."""

    def __init__(self):
        self.values = {}

    def cache_get(self, kind, key):
        return self.values.get((kind, key))

    def cache_put(self, kind, key, value, *, now):
        self.values[(kind, key)] = value


def config_of(policies, images=()):
    return Config.model_validate({"policies": policies, "images": list(images)})


def elect(config, memory, *, now=NOW, **more):
    with office(config, memory, clock=lambda: now, **more) as facts:
        return elect_all(config, config.policies, facts)


@pytest.fixture
def host(bad_http):
    """A registry on this machine that answers as told; gives its host and the requests it saw."""

    def start(answer):
        server = bad_http(answer)
        return server.origin.removeprefix("http://"), server.requests

    return start


def lists(requests):
    return [request.path.partition("?")[0] for request in requests if "tags/list" in request.path]


def test_nothing_to_elect_asks_nobody():
    assert elect(config_of([]), Remembering()) == {}


def test_five_hundred_policies_on_fifty_repositories_cost_fifty_scans(host):
    where, requests = host(bad.tag_list(*(f"1.{minor}.0" for minor in range(20))))
    policies = [
        {
            "name": f"p{number}",
            "image": f"{where}/team/app{number % 50}",
            "policy": {"semver": {"range": f"1.{number % 20}.x"}},
        }
        for number in range(500)
    ]
    found = elect(config_of(policies), Remembering())
    assert len(found) == 500
    assert all(
        one.image is not None and one.image.tag == f"1.{number % 20}.0" for number, one in enumerate(found.values())
    )
    assert len(lists(requests)) == 50
    assert len(set(lists(requests))) == 50


def test_another_credential_is_another_scan(host, monkeypatch):
    monkeypatch.setenv("REGISTRY_PASSWORD", "canary-password")
    where, requests = host(bad.tag_list("1.0.0"))
    image = f"{where}/team/app"
    entry = {
        "name": "app",
        "image": image,
        "interval": "1m",
        "auth": {"username": "bot", "password": {"env": "REGISTRY_PASSWORD"}},
    }
    policies = [
        {"name": "plain", "image": image, "policy": {"semver": {"range": "*"}}},
        {"name": "named", "imageRepositoryRef": {"name": "app"}, "policy": {"semver": {"range": "*"}}},
    ]
    memory = Remembering()
    assert {one.image.tag for one in elect(config_of(policies, [entry]), memory).values()} == {"1.0.0"}
    assert len(lists(requests)) == 2
    assert b"canary-password" not in b"".join(memory.values.values())


def test_a_policy_that_fails_keeps_what_it_elected_last_and_the_others_go_on(host):
    where, _ = host(bad.in_turn(bad.says({}), bad.tag_list("1.0.0"), bad.says({}), bad.raw(b"garbage")))
    good, _ = host(bad.tag_list("2.0.0"))
    memory = Remembering()
    config = config_of(
        [
            {"name": "app", "image": f"{where}/team/app", "policy": {"semver": {"range": "1.x"}}},
            {"name": "good", "image": f"{good}/team/app", "policy": {"semver": {"range": "2.x"}}},
        ]
    )
    assert elect(config, memory)["default:app"].image == ImageRef(f"{where}/team/app", "1.0.0")
    second = elect(config, memory)
    assert second["default:app"].image is None
    assert second["default:app"].last == ImageRef(f"{where}/team/app", "1.0.0")
    assert "tags" in second["default:app"].failure
    assert second["default:good"].image == ImageRef(f"{good}/team/app", "2.0.0")


def test_a_leveled_policy_that_fails_keeps_what_it_elected_last(tmp_path):
    tags, memory = tmp_path / "tags.txt", Remembering()
    tags.write_text("1.7.6-rev1-b1.1\n1.7.6-rev1-b1.2\n")
    config = config_of([{"name": "app", "image": "example.com/app", "policy": {"leveled": {"tagsFile": str(tags)}}}])
    best = ImageRef("example.com/app", "1.7.6-rev1-b1.2")
    assert elect(config, memory)["default:app"].image == best
    tags.unlink()
    found = elect(config, memory)["default:app"]
    assert (found.image, found.last) == (None, best)
    tags.write_text("latest\n")
    assert elect(config, memory)["default:app"].last == best


def test_an_image_that_was_renamed_has_no_last_one(host):
    where, _ = host(bad.tag_list("2.0.0"))
    memory = Remembering()
    keep_elected(memory, "default:app", LastElected(ImageRef("old/name", "1.0.0")), NOW)
    config = config_of([{"name": "app", "image": f"{where}/team/app", "policy": {"semver": {"range": "1.x"}}}])
    assert elect(config, memory)["default:app"].last is None


def test_a_dry_office_remembers_nothing(host):
    where, _ = host(bad.tag_list("1.0.0"))
    memory = Remembering()
    config = config_of([{"name": "app", "image": f"{where}/team/app", "policy": {"semver": {"range": "1.x"}}}])
    assert elect(config, memory, dry=True)["default:app"].image is not None
    assert memory.values == {}


def test_the_age_of_an_image_counts_from_our_first_sight(host):
    body = b'{"schemaVersion": 2, "config": {}}'
    where, _ = host(
        lambda exchange: (bad.manifest(body) if "/manifests/" in exchange.request.path else bad.tag_list("1.0.0"))(
            exchange
        )
    )
    memory = Remembering()
    config = config_of(
        [{"name": "app", "image": f"{where}/team/app", "policy": {"semver": {"range": "1.x"}}, "minAge": "1d"}]
    )
    assert "to wait" in elect(config, memory)["default:app"].failure
    assert len(sightings(memory, f"{where}/team/app")) == 1
    assert elect(config, memory, now=NOW + timedelta(hours=23))["default:app"].image is None
    assert elect(config, memory, now=NOW + timedelta(hours=24))["default:app"].image == ImageRef(
        f"{where}/team/app", "1.0.0"
    )


def test_a_suspended_image_is_not_looked_up_and_its_last_tags_elect(host):
    where, requests = host(bad.tag_list("1.0.0"))
    policies = [{"name": "app", "imageRepositoryRef": {"name": "app"}, "policy": {"semver": {"range": "*"}}}]
    entry = {"name": "app", "image": f"{where}/team/app", "interval": "1s"}
    memory, suspended = Remembering(), config_of(policies, [entry | {"suspend": True}])
    assert "suspended" in elect(suspended, memory)["default:app"].failure
    assert not requests
    elect(config_of(policies, [entry]), memory)
    assert len(lists(requests)) == 1
    later = elect(suspended, memory, now=NOW + timedelta(days=2), force=True)["default:app"]
    assert later.image == ImageRef(f"{where}/team/app", "1.0.0")
    assert len(lists(requests)) == 1


VERSIONS = {"tools": {"kubectl": ["1.30.1"], "helm": ["3.14.0"], "powershell": ["7.4.1"]}, "latest": "1.30"}


def metadata_policy(image, base, version, **more):
    (base / "versions.json").write_text(json.dumps(VERSIONS | {"revisionHash": "abc123", "deprecations": {}}))
    spec = {"file": str(base / "versions.json"), "version": version, **more.pop("spec", {})}
    return {"name": "app", "image": image, "policy": {"versionMetadata": spec}, **more}


STATED = {
    "fixed": lambda image, base, **more: {"name": "app", "image": image, "policy": {"fixed": {"tag": "1.0"}}, **more},
    "versionMetadata": lambda image, base, **more: metadata_policy(image, base, "1.30", **more),
}


def judged(config, memory, *, now=NOW):
    with office(config, memory, clock=lambda: now) as facts:
        return resolve(config, stdin=bytes, office=facts)


@pytest.mark.parametrize("kind", STATED)
def test_min_age_judges_an_image_that_no_list_of_tags_gave(host, tmp_path, kind):
    where, requests = host(bad.manifest(b'{"schemaVersion": 2, "config": {}}'))
    config, memory = config_of([STATED[kind](f"{where}/team/app", tmp_path, minAge="1d")]), Remembering()
    young = judged(config, memory)
    assert "to wait" in young.failed["default:app"]
    assert not young.images
    assert "default:app" in judged(config, memory, now=NOW + timedelta(days=1)).images
    assert not lists(requests)


@pytest.mark.parametrize("kind", STATED)
@pytest.mark.parametrize(("platform", "there"), [("linux/amd64", True), ("linux/arm64", False)])
def test_platforms_judge_an_image_that_no_list_of_tags_gave(host, tmp_path, kind, platform, there):
    index = {"manifests": [{"digest": DIGEST, "platform": {"os": "linux", "architecture": "amd64"}}]}
    body = json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX} | index).encode()
    where, _ = host(bad.manifest(body, kind=OCI_INDEX))
    found = judged(config_of([STATED[kind](f"{where}/team/app", tmp_path, platforms=[platform])]), Remembering())
    assert ("default:app" in found.images, "default:app" in found.failed) == (there, not there)
    assert there or "it has no linux/arm64" in found.failed["default:app"]


def test_a_stated_image_that_was_allowed_stays_the_last_one_when_the_registry_is_away(host):
    where, _ = host(bad.in_turn(bad.manifest(b'{"schemaVersion": 2, "config": {}}'), bad.raw(b"", 404)))
    policy = STATED["fixed"](f"{where}/team/app", None, minAge="1ms")
    memory = Remembering()
    keep_elected(memory, "default:app", LastElected(ImageRef(f"{where}/team/app", "0.9")), NOW)
    found = judged(config_of([policy]), memory)
    assert found.elected["default:app"].last == ImageRef(f"{where}/team/app", "0.9")
    assert "default:app" in found.failed


def test_a_fallback_that_may_not_be_written_is_held_and_no_failure(tmp_path):
    policy = metadata_policy("example.com/tools", tmp_path, "1.99", spec={"onFallback": "hold"})
    found = elect(config_of([policy]), Remembering())["default:app"]
    assert (found.failure, found.image) == ("", ImageRef("example.com/tools", "latest"))
    held = found.decider.decide(Current("example.com/tools", "1.30-abc123"))
    assert isinstance(held, Hold)
    assert held.code == "fallback"


@pytest.mark.parametrize("damage", [b"", b"garbage", b"[]", b'{"tags": 5}', b'{"name": 1}', b'{"x": {"y": "z"}}'])
def test_damaged_memory_is_no_memory(damage):
    memory = Remembering()
    for kind in ("tags", "elected", "first-seen"):
        memory.values[(kind, "key")] = damage
    assert tag_list(memory, "key") is None
    assert last_elected(memory, "key") is None
    assert sightings(memory, "key") == {}


def test_what_is_remembered_comes_back():
    memory = Remembering()
    found = TagList(("1.0.0", "é"), '"etag"', NOW, Listing(2, 7.0))
    keep_tag_list(memory, "key", found)
    assert tag_list(memory, "key") == found
    last = LastElected(ImageRef("app", "1", "sha256:" + "0" * 64), NOW)
    keep_elected(memory, "ns:p", last, NOW)
    assert last_elected(memory, "ns:p") == last
    assert last_elected(NoMemory(memory), "ns:p") == last


def leveled(where, **more):
    image = {"name": "app", "image": f"{where}/team/app", "insecure": True, "interval": "1s"}
    policy = {"name": "p", "imageRepositoryRef": {"name": "app"}, "policy": {"leveled": {}}, **more}
    return config_of([policy], [image])


def ask_leveled(config, memory, now, *current):
    """What the record of a run would say of the policy, and the answers to markers at these tags."""
    with office(config, memory, clock=lambda: now) as facts:
        found = elect_all(config, config.policies, facts)["default:p"]
        return found.observed, [found.decider.decide(Current.of("tag", tag)) for tag in current]


def test_a_leveled_tag_that_grew_old_enough_is_noticed_though_the_best_tag_is_the_same(host):
    tags = bad.in_turn(bad.tag_list("1.0-rev1-b1", "2.0-rev1-b1"), bad.tag_list("1.0-rev1-b2", "2.0-rev1-b1"))
    where, _ = host(bad.registry(tags=tags, manifests=bad.raw(b"", Docker_Content_Digest="sha256:" + "1" * 64)))
    config, memory = leveled(where, minAge="1h"), Remembering()
    assert elect(config, memory)["default:p"].image is None
    old = NOW + timedelta(hours=2)
    ask_leveled(config, memory, old, "1.0-rev1-b1")  # 2.0 is old enough; b2 is seen for the first time, and is held
    young, answers = ask_leveled(config, memory, old + timedelta(minutes=1), "1.0-rev1-b1")
    assert isinstance(answers[0], Hold)
    same, _ = ask_leveled(config, memory, old + timedelta(minutes=2), "1.0-rev1-b1")
    assert same == young
    grown, answers = ask_leveled(config, memory, old + timedelta(hours=2), "1.0-rev1-b1")
    assert grown != young
    assert answers[0].image.tag == "1.0-rev1-b2"


def test_a_leveled_tag_that_was_pushed_again_is_noticed_though_the_best_tag_is_the_same(host):
    digests = {"2.0-rev1-b1": "1", "1.0-rev1-b2": "2"}

    def manifest(exchange):
        digest = digests.get(exchange.request.path.rpartition("/")[2], "0")
        bad.raw(b"", Docker_Content_Digest="sha256:" + digest * 64)(exchange)

    where, _ = host(bad.registry(tags=bad.tag_list("1.0-rev1-b1", *digests), manifests=manifest))
    config, memory = leveled(where, digestReflectionPolicy="Always", interval="1m"), Remembering()
    ask_leveled(config, memory, NOW, "1.0-rev1-b1")
    before, _ = ask_leveled(config, memory, NOW, "1.0-rev1-b1")
    assert ask_leveled(config, memory, NOW, "1.0-rev1-b1")[0] == before
    digests["1.0-rev1-b2"] = "3"
    assert ask_leveled(config, memory, NOW)[0] != before
