"""Which cluster, and as whom: from a kubeconfig and a context, or from inside a pod."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from gitbot.errors import Refused, UsageError
from gitbot.kube.kubeconfig import Entry, Kubeconfig, read, wrong
from gitbot.kube.login import FILES_S, Credential, Login, Look
from gitbot.kube.plugin import VERSIONS, Plugin
from gitbot.printable import printable
from gitbot.secret import Secret
from gitbot.transport.call import origin_of
from gitbot.transport.proxy import Proxies, parse_proxy
from gitbot.transport.tls import ClientCertificate, context

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_EXTENSION = "client.authentication.k8s.io/exec"
# Fields that say who we are or whom we trust and that are not honoured: passing over one would ask as somebody else.
_UNSUPPORTED = {
    "as": "acting as another user is not supported: log in as that user",
    "auth-provider": "this kind of login has left Kubernetes: use the `exec` plugin of your cloud",
    "username": "user name and password have left Kubernetes: use a token, a certificate or a plugin",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A cluster and a way in.

    `server` is the URL without a slash at its end; `ca` is PEM and the only authority that is trusted, "" for the system's;
    `server_name` is whose certificate it must show, "" for the host's; `namespace` is that of the context or pod; `source`
    says in messages where all this comes from.
    """

    server: str
    login: Login
    ca: str = ""
    server_name: str = ""
    proxies: Proxies = field(default_factory=Proxies)
    namespace: str = "default"
    source: str = ""


def kubeconfig_paths(environment: Mapping[str, str], home: Path) -> tuple[Path, ...]:
    """The kubeconfig files by custom: those of KUBECONFIG, else `~/.kube/config`."""
    named = tuple(Path(part) for part in environment.get("KUBECONFIG", "").split(":") if part)
    return named or (home / ".kube" / "config",)


def from_kubeconfig(
    paths: Sequence[Path], name: str | None, environment: Mapping[str, str], now: Callable[[], datetime]
) -> Cluster:
    """The cluster of a context (None: the current one).

    `environment` is where proxies come from and what a plugin sees; `now` is compared with the end of a plugin's login.
    Nothing is sent or started yet. Raises ConfigError, naming file and context.
    """
    config = Kubeconfig.load(paths)
    chosen = config.context(name)

    def referred(key: str, what: str) -> Entry:
        named = chosen.text(what) or _missing(chosen, what)
        return config.entry(key, what, named, f"{chosen.place}: {what} {printable(named, 100)}")

    cluster, user = referred("clusters", "cluster"), referred("users", "user")
    server, ca = _server(cluster), cluster.pem("certificate-authority")
    _check_authority(cluster, ca)
    look = _look(user, _told(cluster, server, ca), environment, now)
    if server.startswith("http:") and set(user.fields) - {"extensions"}:
        raise cluster.wrong("a login is not sent without TLS", "server", "use https, or a user without a login")
    return Cluster(
        server=server,
        login=Login(look),
        ca=ca,
        server_name=cluster.text("tls-server-name"),
        proxies=_proxies(cluster, environment),
        namespace=chosen.text("namespace") or "default",
        source=f"{chosen.file}, {chosen.place}",
    )


def in_cluster(environment: Mapping[str, str], folder: Path = SERVICE_ACCOUNT) -> Cluster:
    """The cluster this pod runs in, as its service account. Raises ConfigError when this is no pod or has no account."""
    host, port = environment.get("KUBERNETES_SERVICE_HOST", ""), environment.get("KUBERNETES_SERVICE_PORT", "443")
    hint = "outside a cluster give a kubeconfig; in a pod check automountServiceAccountToken"
    if not host:
        raise wrong(folder, "this is no pod: KUBERNETES_SERVICE_HOST is not set", hint)
    place = Entry(folder, "in-cluster", {"tokenFile": "token", "certificate-authority": "ca.crt"})
    # Entry's files are relative to the folder that its own file is in.
    place = Entry(folder / "token", place.place, place.fields)
    ca = place.pem("certificate-authority")
    _check_authority(place, ca)
    _token(place)
    return Cluster(
        server=f"https://{f'[{host}]' if ':' in host else host}:{port}",
        login=Login(partial(_from_files, place)),
        ca=ca,
        proxies=Proxies.from_environment(environment),
        namespace=_namespace(folder),
        source="in-cluster",
    )


def _namespace(folder: Path) -> str:
    try:
        return read(folder / "namespace").strip() or "default"
    except (OSError, UnicodeDecodeError):
        return "default"


def _missing(chosen: Entry, key: str) -> str:
    raise chosen.wrong("must be a name", key)


def _server(cluster: Entry) -> str:
    if cluster.flag("insecure-skip-tls-verify"):
        hint = "give the authority of the cluster as certificate-authority, or the right name as tls-server-name"
        raise cluster.wrong("is refused: whoever is in between could read the login", "insecure-skip-tls-verify", hint)
    server = cluster.text("server").rstrip("/")
    try:
        origin_of(server)
    except Refused as error:
        raise cluster.wrong(error.message, "server") from None
    return server


def _check_authority(cluster: Entry, ca: str) -> None:
    try:
        context(ca, None, alone=True)
    except UsageError:
        raise cluster.wrong("the certificates are not PEM", "certificate-authority") from None


def _proxies(cluster: Entry, environment: Mapping[str, str]) -> Proxies:
    url = cluster.text("proxy-url")
    try:
        return Proxies.one(parse_proxy(url)) if url else Proxies.from_environment(environment)
    except UsageError as error:
        raise cluster.wrong(error.message, "proxy-url") from None


def _look(user: Entry, told: Mapping[str, Any], environment: Mapping[str, str], now: Callable[[], datetime]) -> Look:
    for key, why in _UNSUPPORTED.items():
        if user.fields.get(key):
            raise user.wrong(why, key)
    settings = user.fields.get("exec")
    if settings is None:
        _from_files(user)
        return partial(_from_files, user)
    if not isinstance(settings, dict):
        raise user.wrong("must be a mapping", "exec")
    if set(user.fields) & {"token", "tokenFile"}:
        raise user.wrong("a token and a plugin at once: keep one", "exec")
    return partial(_plugin(Entry(user.file, f"{user.place}: exec", settings), told, environment).look, now)


def _from_files(user: Entry) -> tuple[Credential, float]:
    """The token and certificate of a user; from files they are good for a minute, then the files are read again."""
    cert, key = user.pem("client-certificate"), user.pem("client-key")
    if bool(cert) != bool(key):
        raise user.wrong("a client certificate without its key, or a key without its certificate")
    client = ClientCertificate(cert, Secret(key)) if cert else None
    files = set(user.fields) & {"tokenFile", "client-certificate", "client-key"}
    return Credential(_token(user), client), FILES_S if files else math.inf


def _token(user: Entry) -> Secret | None:
    path = user.path("tokenFile")
    token = user.read(path, "tokenFile").strip() if path else user.text("token")
    if path and not token:
        raise user.wrong(f"{path} is empty", "tokenFile")
    return Secret(token) if token else None


def _plugin(entry: Entry, told: Mapping[str, Any], environment: Mapping[str, str]) -> Plugin:
    version, command, mode = entry.text("apiVersion"), entry.text("command"), entry.text("interactiveMode")
    if version not in VERSIONS:
        raise entry.wrong(f"must be {' or '.join(VERSIONS)}", "apiVersion", "a newer plugin may know these")
    if not command:
        raise entry.wrong("must be a program", "command")
    if mode == "Always":
        raise entry.wrong("a plugin that asks a person cannot be used", "interactiveMode")
    arguments = entry.fields.get("args") or []
    if not isinstance(arguments, list) or not all(isinstance(argument, str) for argument in arguments):
        raise entry.wrong("must be a list of texts", "args")
    return Plugin(
        command=command,
        arguments=tuple(arguments),
        version=version,
        environment={**environment, **_variables(entry)},
        cluster=told if entry.flag("provideClusterInfo") else None,
        folder=entry.file.absolute().parent,
        source=f"{entry.file}: {entry.place}",
        hint=printable(entry.text("installHint"), 300),
    )


def _variables(entry: Entry) -> dict[str, str]:
    rows = entry.fields.get("env") or []
    if not isinstance(rows, list) or not all(
        isinstance(row, dict) and isinstance(row.get("name"), str) and isinstance(row.get("value"), str) for row in rows
    ):
        raise entry.wrong("must be a list of name and value", "env")
    return {row["name"]: row["value"] for row in rows}


def _told(cluster: Entry, server: str, ca: str) -> dict[str, Any]:
    """What a plugin may be told about the cluster (`spec.cluster` of ExecCredential)."""
    told: dict[str, Any] = {"server": server}
    told |= {key: cluster.text(key) for key in ("tls-server-name", "proxy-url") if cluster.text(key)}
    told |= {"certificate-authority-data": base64.b64encode(ca.encode()).decode()} if ca else {}
    extensions = cluster.fields.get("extensions")
    for row in extensions if isinstance(extensions, list) else ():
        if isinstance(row, dict) and row.get("name") == _EXTENSION:
            told["config"] = row.get("extension")
    return told
