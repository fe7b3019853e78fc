"""Debian's docker-registry on 127.0.0.1 in three ways in: anonymous, htpasswd, and tokens over TLS; pushed to by skopeo."""

from __future__ import annotations

import base64
import hashlib
import json
import ssl
import subprocess
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tests.servers.bad_http import Answer, BadHttp, Exchange
from tests.servers.process import Process, free_port, need
from tests.servers.tls import Authority, authority

USER = "pusher"
PASSWORD = "canary-registry-password-7d21"
REFRESH = "canary-refresh-token-31bb"
SERVICE = "test-registry"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"

CONF = """\
version: 0.1
log: {{level: warn}}
storage:
  filesystem: {{rootdirectory: {folder}/data}}
  delete: {{enabled: true}}
http:
  addr: 127.0.0.1:{port}
{more}
"""


def digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def image_config(architecture: str, note: str, **more: str) -> bytes:
    """The configuration of an image without layers; `note` makes two of them differ."""
    rootfs = {"type": "layers", "diff_ids": []}
    return json.dumps(
        {"os": "linux", "architecture": architecture, "rootfs": rootfs, "author": note, **more}, sort_keys=True
    ).encode()


def manifest_of(config: bytes) -> bytes:
    """The manifest of an image with this configuration and no layers."""
    described = {
        "mediaType": "application/vnd.oci.image.config.v1+json",
        "digest": digest(config),
        "size": len(config),
    }
    return json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "config": described, "layers": []}).encode()


def layout(folder: Path, config: bytes) -> bytes:
    """Write an OCI image layout with one image, tagged `latest`; returns the manifest."""
    manifest = manifest_of(config)
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    for content in (config, manifest):
        (blobs / digest(content).removeprefix("sha256:")).write_bytes(content)
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    entry = {
        "mediaType": MANIFEST,
        "digest": digest(manifest),
        "size": len(manifest),
        "annotations": {"org.opencontainers.image.ref.name": "latest"},
    }
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))
    return manifest


@dataclass(frozen=True, slots=True)
class Registry:
    """The running registry; `tls` is its authority when it speaks TLS, `tokens` the token server when it has one."""

    folder: Path
    port: int
    process: Process
    tls: Authority | None = None
    tokens: BadHttp | None = None
    made: list[int] = field(default_factory=list)

    @classmethod
    def anonymous(cls, folder: Path) -> Registry:
        """Everybody may do everything, over HTTP."""
        return cls._start(folder, "")

    @classmethod
    def basic(cls, folder: Path) -> Registry:
        """User name and password, over HTTP."""
        made = subprocess.run(
            [need("htpasswd"), "-Bbn", USER, PASSWORD], check=True, capture_output=True, text=True
        ).stdout
        (folder / "htpasswd").write_text(made)
        return cls._start(folder, f"auth: {{htpasswd: {{realm: test, path: {folder}/htpasswd}}}}")

    @classmethod
    def token(cls, folder: Path) -> Registry:
        """Tokens of a token server of ours, both over TLS."""
        tls = authority(folder / "tls")
        tokens = token_server(folder, tls)
        more = (
            f"  tls: {{certificate: {tls.server_cert}, key: {tls.server_key}}}\n"
            f"auth: {{token: {{realm: {tokens.origin}/token, service: {SERVICE}, issuer: tests, "
            f"rootcertbundle: {folder}/sign.pem}}}}"
        )
        return cls._start(folder, more, tls=tls, tokens=tokens)

    @classmethod
    def _start(cls, folder: Path, more: str, tls: Authority | None = None, tokens: BadHttp | None = None) -> Registry:
        program, port = need("docker-registry"), free_port()
        conf = folder / "registry.yml"
        conf.write_text(CONF.format(folder=folder, port=port, more=more))
        process = Process([program, "serve", str(conf)], folder / "log", port=port)
        return cls(folder, port, process, tls, tokens)

    def stop(self) -> None:
        """End the registry and its token server."""
        self.process.stop()
        if self.tokens:
            self.tokens.stop()

    @property
    def host(self) -> str:
        """`127.0.0.1:port`."""
        return f"127.0.0.1:{self.port}"

    def push(self, repository: str, tag: str, *, architecture: str = "amd64", note: str = "") -> str:
        """Push an image with skopeo; returns the digest of its manifest."""
        self.made.append(1)
        source = self.folder / f"layout-{len(self.made)}"
        manifest = layout(source, image_config(architecture, note or tag))
        argv = [need("skopeo"), "copy", "--quiet", "--insecure-policy", "--dest-tls-verify=false"]
        argv += ["--dest-creds", f"{USER}:{PASSWORD}"]
        target = f"docker://{self.host}/{repository}:{tag}"
        done = subprocess.run([*argv, f"oci:{source}:latest", target], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return digest(manifest)

    def put(self, repository: str, tag: str, content: bytes, kind: str = MANIFEST) -> str:
        """Put a manifest or index of content that is there already, without a client between; returns its digest."""
        request = urllib.request.Request(
            f"http://{self.host}/v2/{repository}/manifests/{tag}",
            content,
            {"Content-Type": kind},
            method="PUT",
        )
        with urllib.request.urlopen(request) as reply:
            assert reply.status == 201
        return digest(content)

    def get(self, repository: str, reference: str, kind: str = MANIFEST) -> bytes:
        """A manifest as the registry has it."""
        request = urllib.request.Request(
            f"http://{self.host}/v2/{repository}/manifests/{reference}", headers={"Accept": kind}
        )
        with urllib.request.urlopen(request) as reply:
            return bytes(reply.read())

    def push_index(self, repository: str, tag: str, platforms: Mapping[str, str]) -> str:
        """Push an image for each {architecture: variant} and an index over them; returns the digest of the index."""
        entries = []
        for number, (architecture, variant) in enumerate(platforms.items()):
            self.push(repository, f"part-{tag}-{number}", architecture=architecture)
            manifest = self.get(repository, f"part-{tag}-{number}")
            where = {"os": "linux", "architecture": architecture} | ({"variant": variant} if variant else {})
            entries.append(
                {"mediaType": MANIFEST, "digest": digest(manifest), "size": len(manifest), "platform": where}
            )
        index = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}).encode()
        return self.put(repository, tag, index, INDEX)


def token_server(folder: Path, tls: Authority) -> BadHttp:
    """A server of docker's token specification that signs with a key of its own; `sign.pem` is the certificate of it."""
    openssl = need("openssl")
    subject = ("-subj", "/CN=tests", "-days", "3650")
    key, cert = folder / "sign.key", folder / "sign.pem"
    make = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", *subject, "-keyout", str(key), "-out", str(cert)]
    subprocess.run([openssl, *make], check=True, capture_output=True)
    return BadHttp.start(_tokens(openssl, key, cert), cert=tls.server_cert, key=tls.server_key)


def _tokens(openssl: str, key: Path, cert: Path) -> Answer:
    x5c = base64.b64encode(ssl.PEM_cert_to_DER_cert(cert.read_text())).decode()

    def sign(claims: Mapping[str, object]) -> str:
        head = _part({"typ": "JWT", "alg": "RS256", "x5c": [x5c]})
        text = f"{head}.{_part(claims)}"
        argv = [openssl, "dgst", "-sha256", "-sign", str(key)]
        signature = subprocess.run(argv, input=text.encode(), check=True, capture_output=True).stdout
        return f"{text}.{_base64(signature)}"

    def answer(exchange: Exchange) -> None:
        request = exchange.request
        posted = request.method == "POST"
        asked = parse_qs(request.body.decode() if posted else urlsplit(request.path).query)
        known = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        given = request.headers.get("authorization", "")
        allowed = asked.get("refresh_token") == [REFRESH] if posted else given == f"Basic {known}"
        if (posted or given) and not allowed:
            exchange.reply(401, {}, b'{"errors": [{"code": "DENIED", "message": "wrong password"}]}')
            return
        scopes = asked.get("scope", []) if allowed else []
        text = sign(_claims([scope for joined in scopes for scope in joined.split()]))
        name = "access_token" if posted else "token"
        exchange.reply(200, {"Content-Type": "application/json"}, json.dumps({name: text, "expires_in": 300}).encode())

    return answer


def _claims(scopes: list[str]) -> dict[str, object]:
    now = int(time.time())
    access = [dict(zip(("type", "name", "actions"), scope.split(":"), strict=True)) for scope in scopes]
    return {
        "iss": "tests",
        "sub": USER,
        "aud": SERVICE,
        "exp": now + 300,
        "nbf": now - 60,
        "iat": now,
        "jti": "1",
        "access": [entry | {"actions": entry["actions"].split(",")} for entry in access],
    }


def _part(value: Mapping[str, object]) -> str:
    return _base64(json.dumps(value).encode())


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
