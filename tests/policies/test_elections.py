"""All elections of a run: how often registries are asked, what is remembered, what a failure costs the others."""

from datetime import UTC, datetime, timedelta

import pytest

from gitbot.config.models import Config
from gitbot.image import ImageRef
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
from gitbot.wiring.offices import office
from tests.servers import bad_registry as bad

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
