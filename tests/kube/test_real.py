"""The client against a real API server: lists, watches, rights, patches, and every way to log in."""

from __future__ import annotations

import base64
import itertools
import json
import math
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from gitbot.errors import Refused
from gitbot.kube.client import Limits, Listed
from gitbot.kube.config import Cluster, from_kubeconfig, in_cluster
from gitbot.kube.errors import Conflict, Expired, NotFound
from gitbot.kube.follow import follow
from gitbot.kube.login import Credential, Login
from gitbot.kube.plugin import VERSIONS
from gitbot.kube.resource import Resource
from gitbot.secret import Secret
from gitbot.transport.tls import ClientCertificate
from tests.kube.conftest import fixed
from tests.servers.kube import ADMIN, BOT

pytestmark = pytest.mark.server

GROUP = "image.toolkit.fluxcd.io"
POLICIES = Resource(GROUP, "v1", "imagepolicies", "ImagePolicy")
AUTOMATIONS = Resource(GROUP, "v1", "imageupdateautomations", "ImageUpdateAutomation")
SECRETS = Resource("", "v1", "secrets", "Secret")
ROLE = Path(__file__).parents[2] / "deploy" / "kubernetes" / "role.yaml"
_numbers = itertools.count(1)


@pytest.fixture
def namespace():
    """The name of a namespace that nothing is in yet."""
    return f"n{next(_numbers)}"


@pytest.fixture
def admin(cluster, connect):
    return connect(at(cluster, ADMIN))


def at(server, token, **more):
    fields = {"server": server.url, "login": fixed(token), "ca": server.tls.ca.read_text(), "source": "the test"}
    return Cluster(**(fields | more))


def policy(namespace, name, **more):
    return {
        "apiVersion": f"{GROUP}/v1", "kind": "ImagePolicy", "metadata": {"name": name, "namespace": namespace},
        "spec": {"imageRepositoryRef": {"name": name}}, **more,
    }  # fmt: skip


def automation(namespace, name="fleet"):
    return {
        "apiVersion": f"{GROUP}/v1", "kind": "ImageUpdateAutomation", "metadata": {"name": name, "namespace": namespace},
        "spec": {"interval": "5m"},
    }  # fmt: skip


def names(listed):
    return [item["metadata"]["name"] for item in listed.items]


# Lists and objects


def test_a_namespace_without_objects_has_an_empty_list(admin, namespace):
    listed = admin.list(POLICIES, namespace)
    assert listed.items == ()
    assert int(listed.version) > 0


def test_a_list_has_every_object_page_by_page(cluster, connect, namespace):
    for number in range(7):
        cluster.put(policy(namespace, f"p{number}"))
    listed = connect(at(cluster, ADMIN), limits=Limits(page=3)).list(POLICIES, namespace)
    assert names(listed) == [f"p{number}" for number in range(7)]
    assert {(item["apiVersion"], item["kind"]) for item in listed.items} == {(f"{GROUP}/v1", "ImagePolicy")}


def test_a_list_goes_over_all_namespaces_and_may_select_by_label(cluster, admin, namespace):
    for place, team in ((namespace, "a"), (f"{namespace}-b", "b")):
        item = policy(place, f"of-{namespace}")
        item["metadata"]["labels"] = {"team": team, "mine": namespace}
        cluster.put(item)
    listed = admin.list(POLICIES, "", f"mine={namespace}")
    assert {item["metadata"]["namespace"] for item in listed.items} == {namespace, f"{namespace}-b"}
    assert len(admin.list(POLICIES, "", f"mine={namespace},team!=b").items) == 1


def test_a_secret_is_read_by_its_name(cluster, admin, namespace):
    secret = {"kind": "Secret", "metadata": {"name": "key", "namespace": namespace}, "data": {"password": "YQ=="}}
    cluster.put(secret)
    assert admin.get(SECRETS, namespace, "key")["data"] == {"password": "YQ=="}
    assert admin.list(SECRETS, namespace).items[0]["kind"] == "Secret"
    with pytest.raises(NotFound, match=rf"get secrets none in namespace {namespace}: .*404 .secrets .none. not found"):
        admin.get(SECRETS, namespace, "none")


def test_the_preferred_version_is_found(admin):
    assert admin.find(GROUP, "imagepolicies") == POLICIES
    assert admin.find("", "secrets") == SECRETS
    assert admin.find(GROUP, "imagepolicies/status") is not None
    assert admin.find(GROUP, "none") is None
    assert admin.find("none.example.com", "none") is None


def test_a_resource_that_is_not_served_is_not_found(admin, namespace):
    with pytest.raises(NotFound):
        admin.list(Resource(GROUP, "v1beta1", "imagepolicies"), namespace)


# Watches


def test_a_watch_in_which_nothing_happens_ends_with_its_time(admin, namespace):
    assert list(admin.watch(POLICIES, namespace, admin.list(POLICIES, namespace).version, 1)) == []


def test_a_watch_shows_what_was_added_modified_and_deleted(cluster, admin, namespace):
    version = admin.list(POLICIES, namespace).version
    made = cluster.put(policy(namespace, "app"))
    changed = cluster.change(made | {"spec": {"imageRepositoryRef": {"name": "other"}}})
    cluster.delete(made)
    watch = admin.watch(POLICIES, namespace, version, 30)
    seen = [next(watch) for _ in range(3)]
    watch.close()
    assert [event.change for event in seen] == ["ADDED", "MODIFIED", "DELETED"]
    assert [event.version for event in seen[:2]] == [
        made["metadata"]["resourceVersion"],
        changed["metadata"]["resourceVersion"],
    ]
    assert seen[1].object["spec"] == {"imageRepositoryRef": {"name": "other"}}


def test_a_watch_goes_on_where_another_ended(cluster, admin, namespace):
    version = admin.list(POLICIES, namespace).version
    cluster.put(policy(namespace, "one"))
    cluster.put(policy(namespace, "two"))
    first = next(admin.watch(POLICIES, namespace, version, 30))
    second = next(admin.watch(POLICIES, namespace, first.version, 30))
    assert [event.object["metadata"]["name"] for event in (first, second)] == ["one", "two"]


def test_a_version_that_was_compacted_away_is_expired_and_listed_again(cluster, admin, namespace):
    cluster.put(policy(namespace, "app"))
    cluster.compact()
    with pytest.raises(Expired, match="watch imagepolicies"):
        list(admin.watch(POLICIES, namespace, "1", 30))


def test_a_followed_list_is_kept_up_to_date(cluster, admin, namespace):
    made = cluster.put(policy(namespace, "app"))
    followed = follow(admin, POLICIES, namespace, lambda *_: True, seconds=2)
    listed = next(followed)
    assert isinstance(listed, Listed)
    assert names(listed) == ["app"]
    cluster.change(made | {"spec": {"x": 1}})
    assert next(followed).change == "MODIFIED"
    cluster.delete(made)
    assert next(followed).change == "DELETED"
    followed.close()


# Patches


def test_a_status_is_merged_and_the_specification_stays(cluster, admin, namespace):
    made = cluster.put(automation(namespace))
    admin.patch_status(AUTOMATIONS, namespace, "fleet", {"lastPushCommit": "abc", "old": "x"})
    patched = admin.patch_status(AUTOMATIONS, namespace, "fleet", {"old": None, "observedGeneration": 1})
    assert patched["status"] == {"lastPushCommit": "abc", "observedGeneration": 1}
    assert patched["spec"] == made["spec"]
    assert patched["metadata"]["generation"] == 1


def test_a_patch_of_an_older_version_is_a_conflict(cluster, admin, namespace):
    version = cluster.put(automation(namespace))["metadata"]["resourceVersion"]
    admin.patch_status(AUTOMATIONS, namespace, "fleet", {"a": 1}, version=version)
    with pytest.raises(Conflict, match=r"patch imageupdateautomations.*409"):
        admin.patch_status(AUTOMATIONS, namespace, "fleet", {"a": 2}, version=version)
    assert admin.get(AUTOMATIONS, namespace, "fleet")["status"] == {"a": 1}


# Rights


def test_an_account_without_rights_is_told_which_one_it_lacks(cluster, connect, namespace):
    bot = connect(at(cluster, BOT))
    for call, verb in (
        (lambda: bot.list(POLICIES, namespace), "list"),
        (lambda: list(bot.watch(POLICIES, namespace, "1", 5)), "watch"),
        (lambda: bot.get(POLICIES, namespace, "app"), "get"),
        (lambda: bot.patch_status(POLICIES, namespace, "app", {}), "patch"),
    ):
        with pytest.raises(Refused, match=f"{verb} imagepolicies") as caught:
            call()
        assert "403 (imagepolicies.image.toolkit.fluxcd.io" in caught.value.message
        assert f"lacks the verb {verb} on imagepolicies" in caught.value.hint
        assert BOT not in f"{caught.value} {caught.value.hint}"


def test_an_unknown_token_is_refused(cluster, connect, namespace):
    with pytest.raises(Refused, match="answered 401") as caught:
        connect(at(cluster, "canary-wrong-token-1f")).list(POLICIES, namespace)
    assert "canary-wrong-token-1f" not in str(caught.value)


@pytest.fixture(scope="session")
def pod(cluster, tmp_path_factory):
    """What a pod with the account of deploy/kubernetes/role.yaml has on its disk and in its environment."""
    for item in YAML(typ="safe").load_all(ROLE):
        cluster.put(item)
    folder = tmp_path_factory.mktemp("account")
    (folder / "token").write_text(cluster.account_token("flux-system", "gitbot"))
    (folder / "ca.crt").write_text(cluster.tls.ca.read_text())
    (folder / "namespace").write_text("flux-system")
    return folder, {"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": str(cluster.port)}


def test_the_role_is_enough_for_what_gitbot_does_from_within_the_cluster(cluster, connect, pod):
    folder, environment = pod
    where = in_cluster(environment, folder)
    assert where.namespace == "flux-system"
    client = connect(where)
    cluster.put(automation("flux-system"))
    cluster.put({"kind": "Secret", "metadata": {"name": "key", "namespace": "flux-system"}})
    for group, plural in (
        ("source.toolkit.fluxcd.io", "gitrepositories"), (GROUP, "imagerepositories"), (GROUP, "imagepolicies"),
        (GROUP, "imageupdateautomations"),
    ):  # fmt: skip
        resource = client.find(group, plural)
        listed = client.list(resource, "flux-system")
        assert list(client.watch(resource, "flux-system", listed.version, 1)) == []
    assert client.get(SECRETS, "flux-system", "key")["metadata"]["name"] == "key"
    assert client.patch_status(AUTOMATIONS, "flux-system", "fleet", {"a": 1})["status"] == {"a": 1}


def test_the_role_allows_exactly_that(cluster, pod):
    """Every verb on every resource it names, asked of the server's own authorizer."""
    token = (pod[0] / "token").read_text()
    resources = [
        ("source.toolkit.fluxcd.io", "gitrepositories"), (GROUP, "imagerepositories"), (GROUP, "imagepolicies"),
        (GROUP, "imageupdateautomations"), (GROUP, "imageupdateautomations/status"), (GROUP, "imagepolicies/status"),
        ("", "secrets"), ("", "configmaps"), ("", "pods"), ("rbac.authorization.k8s.io", "roles"),
    ]  # fmt: skip
    verbs = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"]
    allowed = {
        (plural, verb)
        for group, plural in resources
        for verb in verbs
        if may(cluster, token, group, plural, verb, "flux-system")
    }
    flux = ("gitrepositories", "imagerepositories", "imagepolicies", "imageupdateautomations")
    wanted = set(itertools.product(flux, ("list", "watch"))) | {
        ("secrets", "get"),
        ("imageupdateautomations/status", "patch"),
    }
    assert allowed == wanted
    for place in ("other", ""):
        assert not any(may(cluster, token, group, plural, verb, place) for group, plural in resources for verb in verbs)


def may(cluster, token, group, plural, verb, namespace):
    plural, _, part = plural.partition("/")
    about = {"group": group, "resource": plural, "subresource": part, "verb": verb, "namespace": namespace}
    review = {
        "kind": "SelfSubjectAccessReview",
        "apiVersion": "authorization.k8s.io/v1",
        "spec": {"resourceAttributes": about},
    }
    code, answer = cluster.ask("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review, token)
    assert code == 201, answer
    return answer["status"]["allowed"]


def test_the_deployment_is_one_that_a_cluster_takes(cluster, namespace):
    cluster.put(policy(namespace, "app"))
    paths = {"PersistentVolumeClaim": "/api/v1/{}/persistentvolumeclaims", "Deployment": "/apis/apps/v1/{}/deployments"}
    for item in YAML(typ="safe").load_all(ROLE.with_name("deployment.yaml")):
        item["metadata"]["namespace"] = namespace
        path = paths[item["kind"]].format(f"namespaces/{namespace}")
        code, answer = cluster.ask("POST", f"{path}?dryRun=All", item)
        assert code == 201, answer


# Logins


def kubeconfig(folder, cluster, **user):
    authority = base64.b64encode(cluster.tls.ca.read_bytes()).decode()
    document = {
        "current-context": "test",
        "clusters": [{"name": "c", "cluster": {"server": cluster.url, "certificate-authority-data": authority}}],
        "users": [{"name": "u", "user": user}],
        "contexts": [{"name": "test", "context": {"cluster": "c", "user": "u"}}],
    }
    (folder / "config").write_text(json.dumps(document))
    return from_kubeconfig((folder / "config",), "test", {}, lambda: datetime(2026, 11, 20, tzinfo=UTC))


def test_a_token_file_logs_in(cluster, connect, tmp_path):
    (tmp_path / "token").write_text(ADMIN)
    assert connect(kubeconfig(tmp_path, cluster, tokenFile="token")).find(GROUP, "imagepolicies") == POLICIES


def test_a_client_certificate_logs_in(cluster, connect, tmp_path, namespace):
    login = {"client-certificate": str(cluster.tls.client_cert), "client-key": str(cluster.tls.client_key)}
    with pytest.raises(Refused, match='User "gitbot test client" cannot list'):
        connect(kubeconfig(tmp_path, cluster, **login)).list(POLICIES, namespace)


@pytest.mark.parametrize("kind", ["token", "certificate"])
def test_a_plugin_logs_in(cluster, connect, tmp_path, namespace, kind):
    tls = cluster.tls
    status = {"token": BOT}
    if kind == "certificate":
        status = {"clientCertificateData": tls.client_cert.read_text(), "clientKeyData": tls.client_key.read_text()}
    answer = json.dumps({"apiVersion": VERSIONS[0], "kind": "ExecCredential", "status": status})
    plugin = {
        "apiVersion": VERSIONS[0],
        "command": sys.executable,
        "args": ["-c", f"print({answer!r})"],
        "interactiveMode": "Never",
    }
    user = "bot" if kind == "token" else "gitbot test client"
    with pytest.raises(Refused, match=f'User "{user}" cannot list') as caught:
        connect(kubeconfig(tmp_path, cluster, exec=plugin)).list(POLICIES, namespace)
    assert f"{tmp_path}/config, context test" in caught.value.hint


def test_a_certificate_that_a_renewed_login_brings_is_shown(cluster, connect, namespace):
    tls = cluster.tls
    client = ClientCertificate(tls.client_cert.read_text(), Secret(tls.client_key.read_text()))
    logins = iter([Credential(Secret("canary-ended-token-77")), Credential(client=client)])
    login = Login(lambda: (next(logins), math.inf))
    with pytest.raises(Refused, match='User "gitbot test client" cannot list'):
        connect(at(cluster, "", login=login)).list(POLICIES, namespace)
