"""Flux's objects as configuration: what is found where, what each becomes, and what fails alone."""

from __future__ import annotations

import base64
import json

import pytest

from gitbot.config.fields import SecretSource
from gitbot.config.load import Wanted, load, load_with_places
from gitbot.config.manifest_items import DEFAULT_MESSAGE
from gitbot.config.manifests import Text
from gitbot.config.references import reveal
from gitbot.errors import ConfigError
from gitbot.image import ImageRef
from gitbot.message.render import DEFAULT_MESSAGE as FLUX_MESSAGE

GROUPS = {"GitRepository": "source.toolkit.fluxcd.io/v1", "Secret": "v1"}


def thing(kind, name, spec=None, *, version="", namespace="flux", **more):
    """One object."""
    api = GROUPS.get(kind, "image.toolkit.fluxcd.io/v1")
    api = f"{api.rpartition('/')[0]}/{version}" if version else api
    found = {"apiVersion": api, "kind": kind, "metadata": {"name": name, "namespace": namespace}}
    return found | ({"spec": spec} if spec is not None else {}) | more


def repository(**spec):
    return thing("GitRepository", "fleet", {"url": "https://example.com/fleet.git", "interval": "1m", **spec})


def image(**spec):
    return thing("ImageRepository", "app", {"image": "ghcr.io/example/app", "interval": "5m", **spec})


def policy(**spec):
    wanted = {"imageRepositoryRef": {"name": "app"}, "policy": {"semver": {"range": "1.x"}}}
    return thing("ImagePolicy", "app", wanted | spec)


def automation(name="fleet", **spec):
    git = {"commit": {"author": {"email": "flux@example.com"}}}
    return thing(
        "ImageUpdateAutomation",
        name,
        {"interval": "30m", "sourceRef": {"kind": "GitRepository", "name": "fleet"}, "git": git, **spec},
    )


FLEET = [repository(), image(), policy(), automation()]


@pytest.fixture
def loaded(tmp_path):
    """Load objects, beside an own configuration where one is given."""

    def make(*objects, own=None, fetched=None):
        (tmp_path / "m").mkdir(exist_ok=True)
        (tmp_path / "m" / "all.yaml").write_text("---\n".join(json.dumps(one) + "\n" for one in objects))
        (tmp_path / "gitbot.yaml").write_text(json.dumps({"include": ["m"], **(own or {})}))
        texts = tuple(
            Text(path=f"{key}:x.yaml", data=json.dumps(one).encode(), repository=key) for key, one in fetched or ()
        )
        return load_with_places(Wanted(path=tmp_path / "gitbot.yaml", fetched=texts))

    return make


def said(loaded, code="manifest"):
    return [problem.message for problem in loaded.problems if problem.code == code]


def mistakes(make, *objects, **more):
    with pytest.raises(ConfigError) as caught:
        make(*objects, **more)
    return [problem.message for problem in caught.value.problems]


# What is found


def test_nothing_included_is_nothing_changed(loaded, tmp_path):
    (tmp_path / "gitbot.yaml").write_text("include: []\n")
    config = load(tmp_path / "gitbot.yaml")
    assert (config.repositories, config.automations, config.aside.problems) == ((), (), ())


def test_other_kinds_are_passed_over(loaded):
    other = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "x"}}
    helm = {"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "HelmRepository", "metadata": {"name": "x"}}
    found = loaded(other, helm, *FLEET)
    assert [one.key for one in found.config.automations] == ["flux/fleet"]
    assert said(found) == []


@pytest.mark.parametrize("version", ["v1", "v1beta2", "v1beta1"])
def test_every_version_is_read(loaded, version):
    objects = [one | {"apiVersion": f"{one['apiVersion'].rpartition('/')[0]}/{version}"} for one in FLEET]
    config = loaded(*objects).config
    assert (config.repositories[0].key, config.images[0].key, config.policies[0].key) == (
        "flux/fleet",
        "flux/app",
        "flux:app",
    )


def test_a_version_that_is_not_read_is_said(loaded):
    old = automation() | {"apiVersion": "image.toolkit.fluxcd.io/v1alpha1"}
    assert said(loaded(repository(), old)) == [
        "ImageUpdateAutomation flux/fleet: apiVersion image.toolkit.fluxcd.io/v1alpha1 is not read; known: v1, v1beta2, v1beta1"
    ]


@pytest.mark.parametrize("kind", ["List", "ImagePolicyList"])
def test_lists_are_read(loaded, kind):
    assert len(loaded({"apiVersion": "v1", "kind": kind, "items": FLEET}).config.automations) == 1


def test_files_folders_patterns_and_standard_input_are_read_each_file_once(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a" / "deep").mkdir(parents=True)
    (tmp_path / "a" / "deep" / "r.yml").write_text(json.dumps(repository()))
    (tmp_path / "a" / "chart.yaml").write_text("{{ Secret }}: {{\n")
    (tmp_path / "p.json").write_text(json.dumps(policy()))
    stdin = json.dumps(automation()).encode()
    found = load_with_places(Wanted(include=("a", "a/**/*.yml", "p.json", "-"), stdin=lambda: stdin))
    assert [one.key for one in found.config.automations] == ["flux/fleet"]
    assert [(problem.path, problem.severity) for problem in found.config.aside.problems] == [
        ("a/chart.yaml", "warning")
    ]


@pytest.mark.parametrize(
    ("include", "words"),
    [
        pytest.param("absent.yaml", "No such file", id="file"),
        pytest.param("empty", "no file of YAML or JSON", id="folder"),
        pytest.param("x*.yaml", "no file of YAML or JSON", id="pattern"),
        pytest.param("bad.yaml", "not YAML", id="no YAML"),
    ],
)
def test_what_is_named_and_cannot_be_read_is_an_error(tmp_path, monkeypatch, include, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "bad.yaml").write_text("a: [\n")
    with pytest.raises(ConfigError, match=words):
        load(None, [include])


def test_an_empty_standard_input_is_an_error(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="standard input is empty"):
        load_with_places(Wanted(include=("-",), stdin=lambda: b"\n"))


def test_standard_input_is_read_by_one_only(tmp_path):
    (tmp_path / "gitbot.yaml").write_text('{"resultsFrom": ["-"], "include": ["-"]}')
    with pytest.raises(ConfigError, match="only once"):
        load_with_places(Wanted(path=tmp_path / "gitbot.yaml", stdin=lambda: json.dumps(FLEET[0]).encode()))


# What each becomes


def test_a_repository_has_the_defaults_of_flux(loaded):
    found = loaded(*FLEET).config.repositories[0]
    assert (found.ref.branch, found.timeout, found.provider, found.proxy) == ("master", 60.0, "generic", None)


def test_an_automation_has_the_defaults_of_flux(loaded):
    found = loaded(*FLEET).config.automations[0]
    commit = found.git.commit
    assert (commit.message_template, commit.message_template_engine, commit.committer) == (FLUX_MESSAGE, "go", None)
    assert DEFAULT_MESSAGE == FLUX_MESSAGE
    assert (found.update.path, found.interval, found.suspend) == (("",), 1800.0, False)


def test_an_image_repository_has_the_defaults_of_flux(loaded):
    found = loaded(*FLEET).config.images[0]
    assert (found.exclusion_list, found.timeout, found.insecure) == ((r"^.*\.sig$",), None, False)


def test_of_several_kinds_of_policy_flux_takes_the_first(loaded):
    both = {"numerical": {"order": "DESC"}, "alphabetical": {"order": ""}}
    found = loaded(repository(), image(), policy(policy=both), automation()).config.policies[0]
    assert (found.policy.kind, found.policy.alphabetical.order) == ("alphabetical", "asc")


@pytest.mark.parametrize(
    ("use", "tag"), [pytest.param(True, "1.2.3", id="used"), pytest.param(False, None, id="elected here")]
)
@pytest.mark.parametrize(
    "status",
    [{"latestRef": {"name": "ghcr.io/example/app", "tag": "1.2.3"}}, {"latestImage": "ghcr.io/example/app:1.2.3"}],
)
def test_what_a_status_says_is_elected_counts_unless_the_configuration_elects_itself(loaded, status, use, tag):
    one = policy(suspend=True) | {"status": status}
    config = loaded(repository(), image(), one, automation(), own={"useLatestRef": use}).config
    assert config.aside.latest.get("flux:app") == (ImageRef("ghcr.io/example/app", tag) if tag else None)
    assert config.policies[0].suspend is not use


def test_a_policy_with_a_result_needs_no_image_repository(loaded):
    one = policy() | {"status": {"latestRef": {"name": "ghcr.io/example/app", "tag": "1.2.3"}}}
    config = loaded(repository(), one, automation()).config
    assert config.image_of(config.policies[0]) == "ghcr.io/example/app"


# Secrets

VALUES = {
    "basic": ({"username": "git", "password": "pa55-word"}, {"password": "pa55-word"}),
    "bearer wins": ({"username": "git", "password": "pa55-word", "bearerToken": "tok-en-1"}, {"token": "tok-en-1"}),
    "certificates": ({"ca.crt": "CA-text", "tls.crt": "CRT-text", "tls.key": "KEY-text"}, {"ca": "CA-text", "cert": "CRT-text", "key": "KEY-text"}),
    "old names": ({"caFile": "CA-text", "certFile": "CRT-text", "keyFile": "KEY-text"}, {"ca": "CA-text", "cert": "CRT-text", "key": "KEY-text"}),
}  # fmt: skip


def secret(name, values, *, encoded=False, **more):
    if encoded:
        return thing(
            "Secret", name, data={key: base64.b64encode(text.encode()).decode() for key, text in values.items()}, **more
        )
    return thing("Secret", name, stringData=values, **more)


def revealed(spec, base):
    return {
        name: reveal(value, base).reveal()
        for name in type(spec).model_fields
        if isinstance(value := getattr(spec, name), SecretSource)
    }


@pytest.mark.parametrize("encoded", [False, True], ids=["stringData", "data"])
@pytest.mark.parametrize(("values", "wanted"), VALUES.values(), ids=VALUES)
def test_a_secret_becomes_a_credential_that_does_not_print(loaded, tmp_path, values, wanted, encoded):
    config = loaded(repository(secretRef={"name": "s"}), secret("s", values, encoded=encoded), automation()).config
    auth = config.repositories[0].auth
    assert revealed(auth, tmp_path) == wanted
    shown = repr(config) + str(config.model_dump(mode="json")) + config.model_dump_json()
    assert [text for text in wanted.values() if text in shown] == []


def test_a_key_for_ssh(loaded, tmp_path):
    values = {"identity": "KEY-text", "known_hosts": "example.com ssh-ed25519 AAAA", "password": "pass-phrase"}
    fleet = repository(url="ssh://git@example.com/fleet.git", secretRef={"name": "s"})
    auth = loaded(fleet, secret("s", values), automation()).config.repositories[0].auth
    assert set(revealed(auth, tmp_path)) == {"identity", "known_hosts", "passphrase"}


def test_a_proxy(loaded, tmp_path):
    values = {"address": "http://proxy.example.com:3128", "username": "me", "password": "pr0xy-word"}
    proxy = (
        loaded(repository(proxySecretRef={"name": "p"}), secret("p", values), automation()).config.repositories[0].proxy
    )
    assert (proxy.address, proxy.username, revealed(proxy, tmp_path)) == (
        values["address"],
        "me",
        {"password": "pr0xy-word"},
    )


@pytest.mark.parametrize(
    ("key", "kind", "text"),
    [
        pytest.param(
            ".dockerconfigjson", "kubernetes.io/dockerconfigjson", '{"auths": {"ghcr.io": {"auth": "eDp5"}}}', id="new"
        ),
        pytest.param(".dockercfg", "kubernetes.io/dockercfg", '{"ghcr.io": {"auth": "eDp5"}}', id="old"),
    ],
)
def test_a_registry_credential(loaded, tmp_path, key, kind, text):
    objects = [
        repository(),
        image(secretRef={"name": "r"}),
        policy(),
        automation(),
        secret("r", {key: text}, type=kind),
    ]
    found = loaded(*objects).config.images[0]
    assert json.loads(reveal(found.docker_config, tmp_path).reveal()) == {"auths": {"ghcr.io": {"auth": "eDp5"}}}


BROKEN = {
    "absent": (None, "Secret flux/s is not among the manifests"),
    "encrypted": (secret("s", {"password": "ENC[AES256_GCM,data:x]"}, sops={}), "Secret flux/s is encrypted with SOPS"),
    "no base64": (thing("Secret", "s", data={"password": "%%"}), "data.password is not text in base64"),
    "no user": (secret("s", {"password": "pa55-word"}), "Secret flux/s has a password and no username"),
    "half a pair": (secret("s", {"tls.crt": "x"}), "Secret flux/s has one of tls.crt and tls.key"),
    "an app": (secret("s", {"githubAppID": "1"}), "Secret flux/s holds a GitHub App"),
}


@pytest.mark.parametrize(("one", "words"), BROKEN.values(), ids=BROKEN)
def test_a_secret_that_cannot_serve_fails_its_repository_alone(loaded, one, words):
    found = loaded(repository(secretRef={"name": "s"}), automation(), *([one] if one else []))
    trouble = found.config.aside.trouble("repositories", "flux/fleet")
    assert words in trouble.message
    assert trouble.reason == "SourceManagerFailed"
    assert any(words in message for message in said(found))


# Mixing


def test_a_name_that_both_have_is_a_mistake(loaded):
    own = {"repositories": [{"name": "fleet", "namespace": "flux", "url": "https://example.com/other.git"}]}
    (message,) = mistakes(loaded, *FLEET, own=own)
    assert "GitRepository flux/fleet is in" in message
    assert "override: true" in message


def test_an_override_replaces_single_keys(loaded):
    auth = {"username": "git", "password": {"env": "X"}}
    own = {"repositories": [{"name": "fleet", "namespace": "flux", "override": True, "auth": auth}]}
    config = loaded(repository(secretRef={"name": "gone"}), automation(), own=own).config
    assert (config.repositories[0].url, config.repositories[0].auth.username) == (
        "https://example.com/fleet.git",
        "git",
    )
    assert config.aside.troubles == {}


def test_an_override_of_nothing_is_a_mistake(loaded):
    own = {"policies": [{"name": "no", "override": True, "image": "a/b", "policy": {"fixed": {"tag": "1"}}}]}
    assert mistakes(loaded, *FLEET, own=own) == ["no included manifest has default/no: there is nothing to override"]


def test_an_own_policy_replaces_what_a_status_says(loaded):
    one = policy() | {"status": {"latestRef": {"name": "ghcr.io/example/app", "tag": "1.2.3"}}}
    own = {"policies": [{"name": "app", "namespace": "flux", "override": True, "policy": {"fixed": {"tag": "9"}}}]}
    config = loaded(repository(), image(), one, automation(), own=own).config
    assert (config.policies[0].policy.fixed.tag, config.aside.latest) == ("9", {})


def test_an_object_that_stands_twice_is_a_mistake(loaded):
    (message,) = mistakes(loaded, *FLEET, policy())
    assert message.startswith("ImagePolicy flux/app: is there already:")


def test_an_own_automation_may_edit_an_included_repository(loaded):
    git = {"commit": {"author": {"email": "a@example.com"}}}
    own = {"automations": [{"name": "mine", "sourceRef": {"name": "fleet", "namespace": "flux"}, "git": git}]}
    assert loaded(repository(), own=own).config.repositories[0].key == "flux/fleet"


# What fails alone, and what stops everything

ALONE = {
    "image name": (image(image="https://x"), ("policies", "flux/app"), "ImageRepository flux/app cannot be used"),
    "no kind": (policy(policy={}), ("policies", "flux/app"), "want one of fixed, semver"),
    "selector": (automation(policySelector={"matchExpressions": [{"key": "a", "operator": "In"}]}), ("automations", "flux/fleet"), "In wants values"),
    "no git": (automation(git=None), ("automations", "flux/fleet"), "necessitates field .spec.git"),
    "no digest interval": (policy(digestReflectionPolicy="Always"), ("policies", "flux/app"), "Always wants an interval"),
    "protocol": (repository(url="http://example.com/fleet.git"), ("repositories", "flux/fleet"), "http is not allowed"),
}  # fmt: skip


@pytest.mark.parametrize(("one", "at", "words"), ALONE.values(), ids=ALONE)
def test_what_is_wrong_with_one_object_fails_it_alone(loaded, one, at, words):
    objects = {thing["kind"]: thing for thing in (*FLEET, one)}
    found = loaded(*objects.values())
    assert words in found.config.aside.trouble(*at).message


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        pytest.param(ALONE["selector"][0], "InvalidPolicySelector", id="selector"),
        pytest.param(ALONE["no git"][0], "InvalidSourceConfiguration", id="no git"),
    ],
)
def test_the_reasons_are_those_of_flux(loaded, one, reason):
    assert loaded(repository(), one).config.aside.trouble("automations", "flux/fleet").reason == reason


def test_what_protects_stalls(loaded):
    signed = automation(
        git={"commit": {"author": {"email": "a@b.c"}, "signingKey": {"secretRef": {"name": "k"}, "type": ""}}}
    )
    config = loaded(repository(provider="azure"), signed, automation("other")).config
    assert [
        "signingKey" in config.stalled_reason(one) or "azure" in config.stalled_reason(one)
        for one in config.automations
    ] == [True, True]


def test_a_repository_that_is_not_there_stops_everything(loaded):
    (message,) = mistakes(loaded, automation())
    assert "there is no repository flux/fleet" in message


def test_a_repository_that_no_automation_edits_does_not_matter(loaded):
    other = thing("GitRepository", "other", {"url": "git://example.com/x", "secretRef": {"name": "gone"}})
    assert said(loaded(other, *FLEET)) == []


@pytest.mark.parametrize(
    ("access", "ok"),
    [
        pytest.param(None, False, id="none"),
        pytest.param({"namespaceSelectors": [{}]}, True, id="everybody"),
        pytest.param(
            {"namespaceSelectors": [{"matchLabels": {"kubernetes.io/metadata.name": "flux"}}]}, True, id="by name"
        ),
        pytest.param({"namespaceSelectors": [{"matchLabels": {"team": "x"}}]}, False, id="by a label nobody knows"),
    ],
)
def test_an_image_repository_of_another_namespace_has_to_let_the_policy_in(loaded, access, ok):
    far = thing(
        "ImageRepository",
        "far",
        {"image": "ghcr.io/example/app", "interval": "1m", "accessFrom": access},
        namespace="other",
    )
    one = policy(imageRepositoryRef={"name": "far", "namespace": "other"})
    trouble = loaded(repository(), far, one, automation()).config.aside.trouble("policies", "flux/app")
    assert (trouble is None) == ok
    assert ok or trouble.reason == "AccessDenied"


def test_what_others_find_gets_the_place_of_its_object(loaded):
    bad = thing("ImagePolicy", "bad", {"imageRepositoryRef": {"name": "app"}, "policy": {}})
    found = loaded(repository(), image(), bad, policy(), automation())
    assert [one.key for one in found.config.policies] == ["flux:app"]
    problem = found.problem(("policies", 0, "policy", "semver"), "late")
    assert (problem.message, problem.key_path) == ("ImagePolicy flux/app: late", "spec.policy.semver")


# A scanned repository

SCANNED = {
    "a Secret": secret("s", {"password": "x"}),
    "a GitRepository": thing("GitRepository", "evil", {"url": "https://evil.example/x.git"}),
    "another target": automation("evil", sourceRef={"name": "other"}),
    "a credential": thing("ImageRepository", "evil", {"image": "evil.example/x", "interval": "1m", "secretRef": {"name": "r"}}),
    "an identity": thing("ImageRepository", "evil", {"image": "evil.azurecr.io/x", "interval": "1m", "provider": "azure"}),
    "in the clear": thing("ImageRepository", "evil", {"image": "evil.example/x", "interval": "1m", "insecure": True}),
    "a name that is taken": policy(),
}  # fmt: skip


@pytest.mark.parametrize("one", SCANNED.values(), ids=SCANNED)
def test_a_scanned_repository_gains_no_authority(loaded, one):
    plain = loaded(*FLEET).config
    found = loaded(*FLEET, fetched=[("flux/fleet", one)])
    assert found.config.__dict__ == plain.__dict__
    (problem,) = found.config.aside.problems
    assert "refused" in problem.message


def test_a_scanned_repository_gives_policies_images_and_its_own_automations(loaded):
    one = policy() | {"status": {"latestRef": {"name": "ghcr.io/example/app", "tag": "666"}}}
    config = loaded(repository(), fetched=[("flux/fleet", thing) for thing in (image(), one, automation())], own={
        "include": ["m", {"repository": "fleet", "namespace": "flux"}]}).config  # fmt: skip
    assert (config.images[0].key, config.policies[0].key, config.automations[0].key) == (
        "flux/app",
        "flux:app",
        "flux/fleet",
    )
    assert config.aside.latest == {}


def test_what_is_wrong_in_a_scanned_repository_stops_nothing(loaded):
    config = loaded(*FLEET, fetched=[("flux/fleet", automation("broken", interval="never"))]).config
    assert [one.key for one in config.automations] == ["flux/fleet"]


# What is said of fields


def test_fields_that_cannot_apply_are_said_and_those_flux_does_not_have(loaded):
    one = automation(frob=1)
    found = loaded(repository(verify={"mode": "HEAD"}, serviceAccountName="x"), image(), policy(), one)
    warned = {
        problem.key_path for problem in found.problems if problem.code == "flux-field" and problem.severity == "warning"
    }
    assert warned == {"spec.verify", "spec.serviceAccountName", "spec.frob"}


def test_a_secret_is_never_written_in_a_configuration():
    with pytest.raises(ValueError, match="held"):
        SecretSource.model_validate({"held": "x"})
