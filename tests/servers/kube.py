"""A real kube-apiserver with etcd on 127.0.0.1, with Flux's four kinds; administered by plain requests."""

from __future__ import annotations

import base64
import json
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.servers.process import READY_SECONDS, Process, free_port, need
from tests.servers.tls import Authority, authority

ADMIN = "canary-kube-admin-6f0e"
BOT = "canary-kube-bot-1b72"
CRDS = Path(__file__).parents[2] / "fixtures" / "kube" / "crds.yaml"
KINDS = {
    "ServiceAccount": "/api/v1/namespaces/{}/serviceaccounts",
    "Secret": "/api/v1/namespaces/{}/secrets",
    "Role": "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/roles",
    "RoleBinding": "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/rolebindings",
    "GitRepository": "/apis/source.toolkit.fluxcd.io/v1/namespaces/{}/gitrepositories",
    "ImagePolicy": "/apis/image.toolkit.fluxcd.io/v1/namespaces/{}/imagepolicies",
    "ImageUpdateAutomation": "/apis/image.toolkit.fluxcd.io/v1/namespaces/{}/imageupdateautomations",
}


@dataclass(frozen=True, slots=True)
class KubeServer:
    """The running pair. Tokens: ADMIN may do everything, BOT nothing; `tls` issued the server's and a client's certificate."""

    etcd: Process
    api: Process
    tls: Authority
    port: int
    etcd_port: int

    @classmethod
    def start(cls, folder: Path) -> KubeServer:
        """Start both and make the kinds; about five seconds."""
        apiserver, etcd = need("kube-apiserver"), need("etcd")
        tls = authority(folder / "tls")
        (folder / "tokens.csv").write_text(f"{ADMIN},admin,admin,system:masters\n{BOT},bot,bot,bots\n")
        account_key = folder / "account.key"
        subprocess.run([need("openssl"), "genrsa", "-out", str(account_key), "2048"], check=True, capture_output=True)
        store = _etcd(etcd, folder)
        port = free_port()
        server = f"https://127.0.0.1:{port}"
        try:
            api = Process(
                [
                    apiserver, f"--etcd-servers=http://127.0.0.1:{store[1]}", "--bind-address=127.0.0.1",
                    "--advertise-address=127.0.0.1", f"--secure-port={port}", "--endpoint-reconciler-type=none",
                    f"--tls-cert-file={tls.server_cert}", f"--tls-private-key-file={tls.server_key}",
                    f"--client-ca-file={tls.ca}", f"--token-auth-file={folder / 'tokens.csv'}",
                    "--authorization-mode=RBAC", "--disable-admission-plugins=ServiceAccount",
                    f"--service-account-issuer={server}", f"--service-account-key-file={account_key}",
                    f"--service-account-signing-key-file={account_key}", "--service-cluster-ip-range=10.0.0.0/24",
                ],
                folder / "api.log",
                port=port,
            )  # fmt: skip
        except BaseException:
            store[0].stop()
            raise
        made = cls(store[0], api, tls, port, store[1])
        made._await(lambda: made.ask("GET", "/readyz")[0] == 200)
        made._install()
        return made

    def stop(self) -> None:
        """End both."""
        self.api.stop()
        self.etcd.stop()

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        return f"https://127.0.0.1:{self.port}"

    def ask(self, method: str, path: str, body: object = None, token: str = ADMIN) -> tuple[int, Any]:
        """A plain request; the status and what was answered."""
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}{path}", data, headers, method=method)
        try:
            with urllib.request.urlopen(request, context=ssl.create_default_context(cafile=str(self.tls.ca))) as reply:
                text = reply.read()
                return reply.status, json.loads(text) if text.startswith(b"{") else text
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def put(self, item: dict[str, Any]) -> dict[str, Any]:
        """Make an object of KINDS in its namespace; returns it as it is now."""
        namespace = item["metadata"]["namespace"]
        self.ask("POST", "/api/v1/namespaces", {"metadata": {"name": namespace}})
        code, made = self.ask("POST", KINDS[item["kind"]].format(namespace), item)
        assert code == 201, made
        return dict(made)

    def change(self, item: dict[str, Any]) -> dict[str, Any]:
        """Put an object in the place of what it was."""
        code, made = self.ask("PUT", self._path(item), item)
        assert code == 200, made
        return dict(made)

    def delete(self, item: dict[str, Any]) -> None:
        """Take an object away."""
        assert self.ask("DELETE", self._path(item))[0] == 200

    def account_token(self, namespace: str, name: str) -> str:
        """A token of a service account, as a pod gets it."""
        path = f"{KINDS['ServiceAccount'].format(namespace)}/{name}/token"
        code, made = self.ask(
            "POST", path, {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
        )
        assert code == 201, made
        return str(made["status"]["token"])

    def compact(self) -> None:
        """Make etcd forget every version but the newest, which it does by itself after some minutes."""
        origin = f"http://127.0.0.1:{self.etcd_port}"
        key = base64.b64encode(b"/").decode()
        newest = _etcd_call(f"{origin}/v3/kv/range", {"key": key})["header"]["revision"]
        _etcd_call(f"{origin}/v3/kv/compaction", {"revision": newest, "physical": True})

    def _path(self, item: dict[str, Any]) -> str:
        return f"{KINDS[item['kind']].format(item['metadata']['namespace'])}/{item['metadata']['name']}"

    def _install(self) -> None:
        definitions = list(YAML(typ="safe").load_all(CRDS))
        for definition in definitions:
            code, made = self.ask("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition)
            assert code == 201, made
        for definition in definitions:
            path = f"/apis/{definition['spec']['group']}/v1/{definition['spec']['names']['plural']}"
            self._await(lambda path=path: self.ask("GET", path)[0] == 200)

    def _await(self, holds: Any) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not holds():
            if time.monotonic() > deadline:
                self.stop()
                raise AssertionError(f"not ready:\n{self.api.log.read_text(errors='replace')[-4000:]}")
            time.sleep(0.05)


def _etcd(program: str, folder: Path) -> tuple[Process, int]:
    port, peers = free_port(), free_port()
    argv = [
        program, f"--data-dir={folder / 'etcd'}", "--unsafe-no-fsync",
        f"--listen-client-urls=http://127.0.0.1:{port}", f"--advertise-client-urls=http://127.0.0.1:{port}",
        f"--listen-peer-urls=http://127.0.0.1:{peers}",
    ]  # fmt: skip
    return Process(argv, folder / "etcd.log", port=port), port


def _etcd_call(url: str, body: object) -> Any:
    with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), method="POST")) as reply:
        return json.loads(reply.read())
