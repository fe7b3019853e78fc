"""Where a cluster and a login come from: kubeconfig files, and a pod's own account."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gitbot.errors import ConfigError, Refused
from gitbot.kube.config import from_kubeconfig, in_cluster, kubeconfig_paths
from gitbot.kube.resource import Resource
from gitbot.secret import Secret
from gitbot.transport.call import origin_of
from gitbot.transport.proxy import Proxy
from tests.servers.bad_kube import page, status
from tests.servers.tls import authority

NOW = datetime(2026, 11, 20, tzinfo=UTC)
TOKEN = "canary-kubeconfig-token-52aa"


@pytest.fixture(scope="session")
def tls(tmp_path_factory):
    return authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def write(tmp_path):
    """Write a kubeconfig of one cluster, user and context with these fields."""

    def make(cluster=None, user=None, context=None, name="config", current="prod", label="prod"):
        cluster = {"server": "https://kube.example.com"} | (cluster or {})
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": current,
            "clusters": [{"name": label, "cluster": cluster}],
            "users": [{"name": "bot", "user": user or {}}],
            "contexts": [{"name": label, "context": {"cluster": label, "user": "bot"} | (context or {})}],
        }
        path = tmp_path / name
        path.write_text(json.dumps(document))
        return path

    return make


def load(*paths, context=None, environment=None):
    return from_kubeconfig(paths, context, environment or {}, lambda: NOW)


def encoded(path):
    return base64.b64encode(path.read_bytes()).decode()


# What may be left out


def test_the_least_kubeconfig_has_a_server_and_nobody(write):
    cluster = load(write())
    assert (cluster.server, cluster.ca, cluster.server_name, cluster.namespace) == (
        "https://kube.example.com",
        "",
        "",
        "default",
    )
    assert cluster.login.get().authorization == ""


def test_a_server_may_have_a_path(write):
    assert load(write({"server": "https://rancher.example.com/k8s/clusters/c-1/"})).server.endswith("/clusters/c-1")


def test_a_context_is_chosen_by_its_name(write):
    first = write(current="")
    assert load(first, context="prod").source == f"{first}, context prod"
    assert load(write(context={"namespace": "flux-system"})).namespace == "flux-system"


def test_of_several_files_the_first_that_says_it_counts(write, tmp_path):
    one = write({"server": "https://one.example.com"}, name="one", current="")
    two = write({"server": "https://two.example.com"}, name="two")
    three = write({"server": "https://three.example.com"}, name="three", label="other", current="other")
    absent = tmp_path / "absent"
    assert load(absent, one, two, three).server == "https://one.example.com"
    assert load(one, two, three, context="other").server == "https://three.example.com"


@pytest.mark.parametrize(
    ("variable", "wanted"), [("", ["/home/x/.kube/config"]), ("/a:/b", ["/a", "/b"]), ("/a::", ["/a"])]
)
def test_the_files_by_custom(tmp_path, variable, wanted):

    assert [str(path) for path in kubeconfig_paths({"KUBECONFIG": variable}, Path("/home/x"))] == wanted


# Logins


def test_a_token_is_shown_and_does_not_print(write):
    login = load(write(user={"token": TOKEN})).login
    assert login.get().authorization == f"Bearer {TOKEN}"
    assert TOKEN not in repr(login.get())


def test_a_token_file_beats_a_token_and_is_relative_to_the_kubeconfig(write, tmp_path):
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    login = load(write(user={"token": "other", "tokenFile": "token"})).login
    assert login.get().authorization == f"Bearer {TOKEN}"


def test_a_token_file_is_read_again_when_its_time_is_up_or_it_was_refused(write, tmp_path, monkeypatch):
    (tmp_path / "token").write_text("first")
    login = load(write(user={"tokenFile": "token"})).login
    old = login.get()
    (tmp_path / "token").write_text("second")
    assert login.get() == old
    assert login.renewed(old).token == Secret("second")
    (tmp_path / "token").write_text("third")
    # A refusal of a credential that is no longer the one we keep changes nothing.
    assert login.renewed(old).token == Secret("second")
    monkeypatch.setattr("gitbot.kube.config.FILES_S", 0.0)
    (tmp_path / "token").write_text("first")
    login = load(write(user={"tokenFile": "token"})).login
    login.get()
    (tmp_path / "token").write_text("second")
    assert login.get().token == Secret("second")


def test_a_refused_token_is_read_again_and_the_call_repeated_once(write, tmp_path, bad_http, tls, connect):
    def answer(exchange):
        right = exchange.request.headers["authorization"] == "Bearer second"
        (page() if right else unauthorized)(exchange)
        (tmp_path / "token").write_text("second")

    unauthorized = status(401, "Unauthorized")
    server = bad_http(answer, cert=tls.server_cert, key=tls.server_key)
    (tmp_path / "token").write_text("first")
    cluster = load(write({"server": server.origin, "certificate-authority": str(tls.ca)}, {"tokenFile": "token"}))
    client = connect(cluster)
    assert client.list(Resource("", "v1", "policies")).version == "10"
    assert len(server.requests) == 2
    assert client.list(Resource("", "v1", "policies")).version == "10"
    assert len(server.requests) == 3


@pytest.mark.parametrize("data", [True, False], ids=["data", "files"])
def test_certificates_are_read_from_data_or_files(write, tls, data):
    if data:
        cluster = {"certificate-authority-data": encoded(tls.ca), "certificate-authority": "/absent"}
        user = {"client-certificate-data": encoded(tls.client_cert), "client-key-data": encoded(tls.client_key)}
    else:
        cluster = {"certificate-authority": str(tls.ca)}
        user = {"client-certificate": str(tls.client_cert), "client-key": str(tls.client_key)}
    loaded = load(write(cluster, user))
    client = loaded.login.get().client
    assert loaded.ca == tls.ca.read_text()
    assert (client.cert, client.key.reveal()) == (tls.client_cert.read_text(), tls.client_key.read_text())


def test_the_authority_of_a_cluster_is_the_only_one_that_is_trusted(write, tls, tmp_path, bad_http, connect):

    server = bad_http(page(), cert=tls.server_cert, key=tls.server_key)
    other = authority(tmp_path / "other")
    assert connect(load(write({"server": server.origin, "certificate-authority": str(tls.ca)}))).list(
        Resource("", "v1", "policies")
    )
    for more in ({"certificate-authority": str(other.ca)}, {}):
        with pytest.raises(Refused, match="certificate is not trusted"):
            connect(load(write({"server": server.origin} | more))).list(Resource("", "v1", "policies"))
    assert len(server.requests) == 1


def test_the_authorities_of_the_system_do_not_vouch_for_a_cluster_that_has_its_own(
    write, tls, tmp_path, bad_http, connect, monkeypatch
):

    monkeypatch.setenv("SSL_CERT_FILE", str(tls.ca))
    server = bad_http(page(), cert=tls.server_cert, key=tls.server_key)
    other = authority(tmp_path / "other")
    with pytest.raises(Refused, match="certificate is not trusted"):
        connect(load(write({"server": server.origin, "certificate-authority": str(other.ca)}))).list(
            Resource("", "v1", "policies")
        )
    assert server.requests == []


@pytest.mark.parametrize(("name", "good"), [("localhost", True), ("kube.example.com", False)])
def test_the_certificate_must_be_for_the_name_that_is_given(write, tls, bad_http, connect, name, good):

    server = bad_http(page(), cert=tls.server_cert, key=tls.server_key)
    cluster = {"server": server.origin, "certificate-authority": str(tls.ca), "tls-server-name": name}
    client = connect(load(write(cluster)))
    if good:
        assert client.list(Resource("", "v1", "policies"))
    else:
        with pytest.raises(Refused, match="certificate is not trusted"):
            client.list(Resource("", "v1", "policies"))


def test_a_proxy_is_that_of_the_cluster_else_that_of_the_environment(write):

    origin = origin_of("https://kube.example.com")
    environment = {"https_proxy": "http://env.example.com:3128"}
    assert load(write(), environment=environment).proxies.of(origin) == Proxy("http://env.example.com:3128")
    own = load(write({"proxy-url": "http://u:p@own.example.com:8080"}), environment=environment).proxies.of(origin)
    assert own == Proxy("http://own.example.com:8080", "u", Secret("p"))


# What is refused


@pytest.mark.parametrize(
    ("cluster", "user", "said"),
    [
        ({"insecure-skip-tls-verify": True}, {}, "insecure-skip-tls-verify: is refused"),
        ({"insecure-skip-tls-verify": "yes"}, {}, "must be true or false"),
        ({"server": "kube.example.com"}, {}, "server: the URL .* is neither http nor https"),
        ({"server": "https://bot:canary-in-url@kube.example.com"}, {}, "holds a credential"),
        ({"server": "http://kube.example.com"}, {"token": TOKEN}, "a login is not sent without TLS"),
        ({"server": 3}, {}, "server: must be a text"),
        ({"certificate-authority-data": "%%"}, {}, "no PEM in base64"),
        ({"certificate-authority-data": base64.b64encode(b"no").decode()}, {}, "certificates are not PEM"),
        ({"certificate-authority": "absent.pem"}, {}, "cannot read .*absent.pem: No such file"),
        ({"proxy-url": "ftp://x"}, {}, "proxy-url: the proxy address"),
        ({}, {"token": 12345}, "token: must be a text"),
        ({}, {"tokenFile": "absent"}, "tokenFile: cannot read"),
        ({}, {"tokenFile": "empty"}, "is empty"),
        ({}, {"client-certificate-data": "YQ=="}, "a client certificate without its key"),
        ({}, {"client-key-data": "YQ=="}, "a key without its certificate"),
        ({}, {"username": "bot", "password": TOKEN}, "username: user name and password have left"),
        ({}, {"auth-provider": {"name": "gcp"}}, "auth-provider: .*`exec` plugin"),
        ({}, {"token": TOKEN, "as": "admin"}, "as: acting as another user"),
        ({}, {"exec": []}, "exec: must be a mapping"),
        ({}, {"exec": {"apiVersion": "client.authentication.k8s.io/v1alpha1", "command": "x"}}, "exec: apiVersion: must be"),
        ({}, {"exec": {"apiVersion": "client.authentication.k8s.io/v1"}}, "exec: command: must be a program"),
    ],
)  # fmt: skip
def test_a_mistake_names_the_file_the_context_and_the_field(write, tmp_path, cluster, user, said):
    (tmp_path / "empty").write_text("")
    path = write(cluster, user)
    with pytest.raises(ConfigError, match=said) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}: context prod: ")
    assert TOKEN not in str(caught.value)
    assert "canary-in-url" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [", r"config: is no YAML \(line"),
        ("- a", "holds no mapping"),
        ("\x00", "is no YAML"),
        ("a: 1\na: 2", "is no YAML"),
        ("{}", "names no current-context"),
        ("current-context: x", "context x: there is none of this name in contexts"),
        ("current-context: x\ncontexts: [{name: x}]", "context x: cluster: must be a name"),
        ("current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}]", "none of this name in clusters"),
        ("current-context: x\ncontexts: {x: y}", "none of this name in contexts"),
        ("x: &a [*a, *a]\ncurrent-context: x", "none of this name"),
        ("a: !!python/object:os.system x", "is no YAML"),
    ],
)
def test_a_file_that_is_no_kubeconfig_says_so(tmp_path, text, said):
    path = tmp_path / "config"
    path.write_text(text)
    with pytest.raises(ConfigError, match=said) as caught:
        load(path)
    assert str(path) in str(caught.value)


def test_a_file_that_is_not_there_or_too_large_says_so(tmp_path):
    with pytest.raises(ConfigError, match="there is no such kubeconfig"):
        load(tmp_path / "config")
    (tmp_path / "config").write_text("#" * (1 << 20) + "\n")
    with pytest.raises(ConfigError, match="larger than 1,048,576 bytes"):
        load(tmp_path / "config")


def test_a_context_that_is_not_there_is_told_which_there_are(write):
    with pytest.raises(ConfigError) as caught:
        load(write(), context="live")
    assert caught.value.hint == "there are: prod"


# In a pod


@pytest.fixture
def account(tmp_path, tls):
    (tmp_path / "token").write_text(TOKEN)
    (tmp_path / "ca.crt").write_text(tls.ca.read_text())
    (tmp_path / "namespace").write_text("flux-system\n")
    return tmp_path


POD = {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "443"}


def test_a_pod_knows_its_cluster_its_account_and_its_namespace(account, tls):
    cluster = in_cluster(POD, account)
    assert (cluster.server, cluster.namespace, cluster.ca) == (
        "https://10.0.0.1:443",
        "flux-system",
        tls.ca.read_text(),
    )
    assert cluster.login.get().token == Secret(TOKEN)
    assert in_cluster(POD | {"KUBERNETES_SERVICE_HOST": "fd00::1"}, account).server == "https://[fd00::1]:443"


def test_the_token_of_a_pod_is_read_again(account):
    login = in_cluster(POD, account).login
    old = login.get()
    (account / "token").write_text("next")
    assert login.renewed(old).token == Secret("next")


def test_the_namespace_of_a_pod_may_be_missing(account):
    (account / "namespace").unlink()
    assert in_cluster(POD, account).namespace == "default"


@pytest.mark.parametrize(
    ("environment", "missing", "said"),
    [({}, "", "this is no pod"), (POD, "token", "cannot read"), (POD, "ca.crt", "cannot read")],
)
def test_outside_a_pod_the_error_says_what_is_missing(account, environment, missing, said):
    if missing:
        (account / missing).unlink()
    with pytest.raises(ConfigError, match=said):
        in_cluster(environment, account)
