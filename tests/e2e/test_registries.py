"""Policies that ask a real registry, end to end: a tag is pushed, a run finds it, the commit is in the repository."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.servers import bad_registry as bad
from tests.servers import registry as servers
from tests.servers.misbehaviour import status
from tests.servers.registry import Registry

pytestmark = pytest.mark.server
IMAGES = {"plain": "{host}/team/app", "other": "{host}/team/other"}


@pytest.fixture(scope="session")
def images(tmp_path_factory):
    server = Registry.anonymous(tmp_path_factory.mktemp("registry-e2e"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def guarded(tmp_path_factory):
    server = Registry.basic(tmp_path_factory.mktemp("registry-e2e-basic"))
    yield server
    server.stop()


class World:
    """A repository with markers, a configuration, and the command."""

    def __init__(self, folder: Path, make_repo):
        self.folder, self.make_repo = folder, make_repo
        self.spec = {
            "state": "sqlite:///state.db",
            "cacheDir": "cache",
            "git": {"allowProtocols": ["file"]},
            "repositories": [{"name": "fleet", "url": "./repo.git", "ref": {"branch": "main"}}],
            "policies": [],
            "automations": [
                {
                    "name": "fleet",
                    "sourceRef": {"name": "fleet"},
                    "git": {"commit": {"author": {"name": "bot", "email": "bot@example.com"}}},
                }
            ],
        }
        self.repo = None

    def policy(self, name, image, kind, **more):
        self.spec["policies"].append({"name": name, "image": image, "policy": kind, **more})

    def files(self, **values):
        """One file for each policy: `app="x:1"` or `app=("tag", "1.0.0")`."""
        files = {}
        for name, value in values.items():
            part, text = value if isinstance(value, tuple) else ("", value)
            marker = f"default:{name}" + (f":{part}" if part else "")
            files[f"{name}.yaml"] = f'value: "{text}" # {{"$imagepolicy": "{marker}"}}\n'
        self.repo = self.make_repo(files)

    def write(self):
        with (self.folder / "gitbot.yaml").open("w") as file:
            YAML(typ="safe", pure=True).dump(self.spec, file)

    def call(self, *argv, code=0, env=None):
        self.write()
        done = subprocess.run(
            [sys.executable, "-m", "gitbot", *argv, "-c", str(self.folder / "gitbot.yaml")],
            capture_output=True, text=True, check=False, timeout=120, env={**os.environ, **(env or {})},
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        return done

    def run(self, *argv, code=0, env=None):
        return json.loads(self.call("run", "--output", "json", *argv, code=code, env=env).stdout)["automations"][0]

    def value(self, name):
        return self.repo.read(f"{name}.yaml").split('"')[1]


@pytest.fixture
def world(tmp_path, make_repo):
    return World(tmp_path, make_repo)


def test_a_new_tag_becomes_a_commit_and_a_second_run_does_nothing(images, world):
    name = f"{images.host}/new/app"
    for tag in ("1.0.0", "1.0.1", "2.0.0", "latest"):
        images.push("new/app", tag)
    world.policy("app", name, {"semver": {"range": "1.x"}})
    world.files(app=f"{name}:1.0.0")
    assert world.run()["outcome"] == "pushed"
    assert world.value("app") == f"{name}:1.0.1"
    assert world.run()["outcome"] == "skipped"
    images.push("new/app", "1.1.0")
    assert world.run()["outcome"] == "pushed"
    assert world.value("app") == f"{name}:1.1.0"
    assert world.repo.count() == 3


def test_every_ordering_elects_as_it_says(images, world):
    for tag in ("main-1-20240101", "main-2-20240301", "main-10-20240201", "zesty", "artful"):
        images.push("order/app", tag)
    name = f"{images.host}/order/app"
    pattern = {"pattern": r"^main-(?P<n>\d+)-(?P<ts>\d+)$", "extract": "$ts"}
    world.policy("numeric", name, {"numerical": {"order": "asc"}}, filterTags=pattern)
    world.policy("first", name, {"alphabetical": {"order": "desc"}}, filterTags={"pattern": "^[a-z]+$"})
    world.files(numeric=("tag", "x"), first=("tag", "x"))
    world.run()
    assert (world.value("numeric"), world.value("first")) == ("main-2-20240301", "artful")


def test_digests_are_reflected_and_kept_while_the_tag_stays(images, world):
    name = f"{images.host}/digest/app"
    first = images.push("digest/app", "1.0.0")
    world.policy("once", name, {"semver": {"range": "1.x"}}, digestReflectionPolicy="IfNotPresent")
    world.policy("always", name, {"semver": {"range": "1.x"}}, digestReflectionPolicy="Always", interval="1ms")
    world.policy("never", name, {"semver": {"range": "1.x"}})
    world.files(once=f"{name}:0.1.0", always=("digest", "sha256:0"), never=f"{name}:0.1.0")
    world.run()
    assert world.value("once") == f"{name}:1.0.0@{first}"
    assert (world.value("always"), world.value("never")) == (first, f"{name}:1.0.0")
    second = images.push("digest/app", "1.0.0", note="pushed again")
    assert second != first
    world.run()
    assert world.value("once") == f"{name}:1.0.0@{first}"
    assert world.value("always") == second


def test_a_credential_of_the_configuration_or_of_docker_opens_the_registry(guarded, world, tmp_path):
    guarded.push("closed/app", "1.0.0")
    name = f"{guarded.host}/closed/app"
    world.policy("app", name, {"semver": {"range": "1.x"}})
    world.files(app=f"{name}:0.1.0")
    refused = world.run(code=1)
    assert refused["outcome"] == "up-to-date"
    assert refused["result"]["problems"][0]["code"] == "policy-failed"
    login = {"username": servers.USER, "password": {"env": "REGISTRY_PASSWORD"}}
    world.spec["images"] = [{"name": "app", "image": name, "interval": "1ms", "auth": login}]
    world.spec["policies"][0] = {
        "name": "app",
        "imageRepositoryRef": {"name": "app"},
        "policy": {"semver": {"range": "1.x"}},
    }
    assert world.run(env={"REGISTRY_PASSWORD": servers.PASSWORD})["outcome"] == "pushed"
    world.spec["policies"][0] = {"name": "app", "image": name, "policy": {"semver": {"range": "1.x"}}}
    guarded.push("closed/app", "1.2.0")
    docker = tmp_path / "docker"
    docker.mkdir()
    import base64

    pair = base64.b64encode(f"{servers.USER}:{servers.PASSWORD}".encode()).decode()
    (docker / "config.json").write_text(json.dumps({"auths": {guarded.host: {"auth": pair}}}))
    assert world.run(env={"DOCKER_CONFIG": str(docker)})["outcome"] == "pushed"
    assert world.value("app") == f"{name}:1.2.0"
    state = (tmp_path / "state.db").read_bytes()
    assert servers.PASSWORD.encode() not in state


def test_a_failed_policy_keeps_its_markers_and_the_others_go_on(images, world, bad_http):
    images.push("fine/app", "1.0.0")
    broken = bad_http(status(500))
    host = broken.origin.removeprefix("http://")
    world.policy("good", f"{images.host}/fine/app", {"semver": {"range": "1.x"}})
    world.policy("bad", f"{host}/team/app", {"semver": {"range": "1.x"}})
    world.spec["images"] = [{"name": "bad", "image": f"{host}/team/app", "interval": "1m", "timeout": "1s"}]
    world.spec["policies"][1] = {
        "name": "bad",
        "imageRepositoryRef": {"name": "bad"},
        "policy": {"semver": {"range": "1.x"}},
    }
    world.files(good=f"{images.host}/fine/app:0.1.0", bad=f"{host}/team/app:0.1.0")
    outcome = world.run(code=1)
    assert outcome["outcome"] == "pushed"
    assert world.value("good").endswith(":1.0.0")
    assert world.value("bad").endswith(":0.1.0")
    assert "policy default:bad" in str(outcome["result"]["problems"])


def test_policies_on_one_repository_share_one_scan_and_an_unchanged_list_costs_one_conditional_request(world, bad_http):
    server = bad_http(bad.tagged('"v1"', bad.tag_list("1.0.0", "1.1.0", "2.0.0", ETag='"v1"')))
    name = f"{server.origin.removeprefix('http://')}/team/app"
    for major in ("1.0", "1.1", "2.0"):
        world.policy(f"p{major.replace('.', '')}", name, {"semver": {"range": f"{major}.x"}})
    world.files(p10=("tag", "0"), p11=("tag", "0"), p20=("tag", "0"))
    world.run()
    assert [world.value(key) for key in ("p10", "p11", "p20")] == ["1.0.0", "1.1.0", "2.0.0"]
    lists = [request for request in server.requests if "tags/list" in request.path]
    assert len(lists) == 1
    world.run()
    lists = [request for request in server.requests if "tags/list" in request.path]
    assert len(lists) == 2
    assert lists[1].headers["if-none-match"] == '"v1"'


def test_an_interval_is_honoured(world, bad_http):
    server = bad_http(bad.tag_list("1.0.0"))
    name = f"{server.origin.removeprefix('http://')}/team/app"
    world.spec["images"] = [{"name": "app", "image": name, "interval": "1h"}]
    world.spec["policies"] = [
        {"name": "app", "imageRepositoryRef": {"name": "app"}, "policy": {"semver": {"range": "*"}}}
    ]
    world.files(app=("tag", "0"))
    world.run()
    asked = len(server.requests)
    world.run()
    assert len(server.requests) == asked
    world.run("--force")
    assert len(server.requests) > asked


def test_a_list_that_shrank_is_not_believed_and_the_image_stays(world, bad_http):
    many = bad.tag_list(*(f"1.{minor}.0" for minor in range(20)))
    server = bad_http(bad.in_turn(says_v2(), many, says_v2(), bad.tag_list("1.0.0")))
    name = f"{server.origin.removeprefix('http://')}/team/app"
    world.policy("app", name, {"semver": {"range": "1.x"}})
    world.files(app=("tag", "1.19.0"))
    world.run()
    outcome = world.run(code=1)
    assert world.value("app") == "1.19.0"
    assert "shrank from 20 to 1" in str(outcome["result"]["problems"])


def says_v2():
    return bad.says({})


def test_a_guarded_policy_waits_until_a_tag_is_old_enough(images, world):
    name = f"{images.host}/aged/app"
    images.push("aged/app", "1.0.0")
    world.policy("app", name, {"semver": {"range": "1.x"}}, minAge="1h")
    world.files(app=f"{name}:0.9.0")
    outcome = world.run(code=1)
    assert "to wait" in str(outcome["result"]["problems"])
    assert world.value("app") == f"{name}:0.9.0"
    world.spec["policies"][0]["minAge"] = "1ms"
    assert world.run()["outcome"] == "pushed"


def test_platforms_must_be_there(images, world):
    name = f"{images.host}/arch/app"
    images.push_index("arch/app", "1.0.0", {"amd64": "", "arm64": ""})
    images.push_index("arch/app", "1.1.0", {"amd64": ""})
    world.policy("app", name, {"semver": {"range": "1.x"}}, platforms=["linux/amd64", "linux/arm64"])
    world.files(app=f"{name}:0.9.0")
    world.run()
    assert world.value("app") == f"{name}:1.0.0"


def test_a_downgrade_is_refused_where_it_is_forbidden(images, world):
    name = f"{images.host}/down/app"
    images.push("down/app", "1.0.0")
    world.policy("app", name, {"semver": {"range": "1.x"}}, allowDowngrade=False)
    world.files(app=f"{name}:1.5.0")
    outcome = world.run()
    assert outcome["outcome"] == "up-to-date"
    assert [problem["code"] for problem in outcome["result"]["problems"]] == ["kept-downgrade"]
    assert world.value("app") == f"{name}:1.5.0"


def test_leveled_writes_a_rebuild_and_holds_a_new_revision(images, world):
    for tag in ("1.7.6-rev5-b1.1", "1.7.6-rev5-b1.2", "1.7.6-rev6-b1.1"):
        images.push("level/app", tag)
    name = f"{images.host}/level/app"
    world.policy("app", name, {"leveled": {}})
    world.files(app=f"{name}:1.7.6-rev5-b1.1")
    outcome = world.run()
    assert world.value("app") == f"{name}:1.7.6-rev5-b1.2"
    [held] = outcome["result"]["held"]
    assert held["wantedValue"] == f"{name}:1.7.6-rev6-b1.1"
    assert world.call("run", "--force", "--fail-on-held", code=1).stdout


def test_an_etag_that_no_request_can_carry_does_not_end_the_look_ups(world, bad_http):
    document = {"tools": {}, "latest": "1.31", "revisionHash": "a", "deprecations": {}}
    etag = {"ETag": '"\xe9"'}
    server = bad_http(
        bad.in_turn(
            bad.says(document | {"tools": {"kubectl": ["1.30.5"]}}, **etag),
            bad.says(document | {"tools": {"kubectl": ["1.30.5"]}, "revisionHash": "b"}, **etag),
        )
    )
    kind = {"url": f"{server.origin}/versions.json", "version": "1.30", "cacheTtl": "0s"}
    world.policy("tools", "octopusdeploy/tools", {"versionMetadata": kind})
    world.files(tools=("tag", "x"))
    found = [(world.run()["outcome"], world.value("tools")) for _ in range(2)]
    assert found == [("pushed", "1.30-a"), ("pushed", "1.30-b")]


def test_version_metadata_is_looked_up_and_kept_through_an_outage(world, bad_http):
    document = {
        "tools": {"kubectl": ["1.31.1", "1.30.5"], "helm": ["3.16.1"], "powershell": ["7.4.5"]},
        "latest": "1.31", "revisionHash": "Juaa5J", "deprecations": {},
    }  # fmt: skip
    server = bad_http(bad.in_turn(bad.says(document), *[status(503)] * 20))
    kind = {
        "versionMetadata": {
            "url": f"{server.origin}/versions.json",
            "version": "1.30",
            "cacheTtl": "0s",
            "timeout": "1s",
        }
    }
    world.policy("tools", "octopusdeploy/tools", kind)
    world.files(tools=("tag", "1.29-abcdef"))
    world.run()
    assert world.value("tools") == "1.30-Juaa5J"
    world.run()
    assert world.value("tools") == "1.30-Juaa5J"
    assert world.repo.count() == 2


def test_what_policies_elect_is_shown_and_explained_and_nothing_is_remembered(images, world, tmp_path):
    for tag in ("1.0.0", "1.1.0", "2.0.0-rc.1", "junk"):
        images.push("shown/app", tag)
    name = f"{images.host}/shown/app"
    world.policy("app", name, {"semver": {"range": ">=1.0.0"}})
    world.files(app=f"{name}:1.0.0")
    shown = json.loads(world.call("policy", "resolve", "--output", "json").stdout)
    assert shown["policies"][0]["image"] == f"{name}:1.1.0"
    explained = json.loads(world.call("explain", "default:app", "--output", "json").stdout)
    states = {row["tag"]: row["state"] for row in explained["candidates"]}
    assert states == {"1.1.0": "elected", "1.0.0": "kept", "2.0.0-rc.1": "dropped", "junk": "dropped"}
    assert "elected" in world.call("explain", "default:app").stdout
    assert not (tmp_path / "state.db").exists()
    planned = json.loads(world.call("plan", "--output", "json").stdout)["automations"][0]
    assert planned["outcome"] == "planned"
    assert not (tmp_path / "state.db").exists()
