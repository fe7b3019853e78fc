"""Logging in to Amazon's registries: keys of the environment, a web identity, a container's or the machine's role."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from gitbot.errors import Refused
from gitbot.registry.credentials import Credential
from gitbot.registry.errors import AUTHENTICATION_FAILED
from gitbot.registry.login import LONGEST_S, Login
from gitbot.registry.reply import json_of, text_in
from gitbot.registry.sigv4 import Keys, Request, sign
from gitbot.secret import Secret
from gitbot.transport.call import Answer, Call, Deadline, NoConnection, origin_of
from gitbot.transport.client import Http

_PRIVATE = re.compile(
    r"[0-9]{12}\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.((?:amazonaws\.(?:com(?:\.cn)?|eu))|on\.(?:aws|amazonwebservices\.com\.cn))"
)
_PUBLIC = re.compile(r"public\.ecr\.aws|ecr-public\.aws\.com")
HOST = re.compile(f"{_PRIVATE.pattern}|{_PUBLIC.pattern}")
_METADATA = "http://169.254.169.254"
_CONTAINER = "http://169.254.170.2"
_WHAT = "log in at AWS"
_FORM = ("Content-Type", "application/x-www-form-urlencoded")


def log_in(host: str, http: Http, environment: Mapping[str, str], deadline: Deadline, now: datetime) -> Login:
    """The user name and password that ECR gives for an hour and more; `now` goes into the signature.

    Reads the variables that AWS's own libraries read. Profiles and single sign-on are left to docker-credential-ecr-login.
    Raises Refused and Unavailable.
    """
    private = _PRIVATE.fullmatch(host)
    region = private[1] if private else "us-east-1"
    china = ".cn" if private and private[2].endswith(".cn") else ""
    if private:
        service, target = "ecr", "AmazonEC2ContainerRegistry_V20150921"
        url = environment.get("AWS_ENDPOINT_URL_ECR") or f"https://api.ecr.{region}.amazonaws.com{china}"
    else:
        service, target = "ecr-public", "SpencerFrontendService"
        url = environment.get("AWS_ENDPOINT_URL_ECR_PUBLIC") or f"https://api.ecr-public.{region}.amazonaws.com"
    keys = find_keys(http, environment, f"{region}.amazonaws.com{china}", deadline)
    headers = {
        "host": origin_of(url).netloc,
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": f"{target}.GetAuthorizationToken",
    }
    request = Request(method="POST", path="/", headers=headers, body=b"{}")
    read = json_of(http.send(_signed(url, sign(request, keys, region, service, now)), deadline), _WHAT)
    return Login(_credential(read), LONGEST_S / 0.8)


def _signed(url: str, headers: dict[str, str]) -> Call:
    rest = {name: value for name, value in headers.items() if name not in {"host", "authorization"}}
    return Call(
        method="POST",
        url=f"{url.rstrip('/')}/",
        headers=(*rest.items(), ("content-length", "2")),
        authorization=headers["authorization"],
        body=b"{}",
    )


def _credential(read: dict[str, Any]) -> Credential:
    """ECR answers a list, the public one an object; the token is base64 of `AWS:password`."""
    data = read.get("authorizationData")
    entry = data[0] if isinstance(data, list) and data else data
    token = text_in(entry if isinstance(entry, dict) else {}, "authorizationToken", _WHAT)
    try:
        username, _, password = base64.b64decode(token, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise Refused(f"{_WHAT}: the token is not base64", reason=AUTHENTICATION_FAILED) from None
    return Credential(username=username, password=Secret(password), source="AWS")


def find_keys(http: Http, environment: Mapping[str, str], domain: str, deadline: Deadline) -> Keys:
    """The first of: keys in the environment, a web identity, the container's role, the machine's role."""
    access, secret = environment.get("AWS_ACCESS_KEY_ID"), environment.get("AWS_SECRET_ACCESS_KEY")
    if access and secret:
        session = environment.get("AWS_SESSION_TOKEN")
        return Keys(access, Secret(secret), Secret(session) if session else None)
    if environment.get("AWS_WEB_IDENTITY_TOKEN_FILE"):
        return _web_identity(http, environment, domain, deadline)
    if environment.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") or environment.get(
        "AWS_CONTAINER_CREDENTIALS_FULL_URI"
    ):
        return _container(http, environment, deadline)
    return _machine(http, environment, deadline)


def _web_identity(http: Http, environment: Mapping[str, str], domain: str, deadline: Deadline) -> Keys:
    url = environment.get("AWS_ENDPOINT_URL_STS") or f"https://sts.{domain}"
    form = {
        "Action": "AssumeRoleWithWebIdentity",
        "Version": "2011-06-15",
        "RoleArn": environment.get("AWS_ROLE_ARN", ""),
        "RoleSessionName": environment.get("AWS_ROLE_SESSION_NAME") or "gitbot",
        "WebIdentityToken": _file(environment, "AWS_WEB_IDENTITY_TOKEN_FILE").reveal(),
    }
    body = urlencode(form).encode()
    headers = (_FORM, ("Accept", "application/json"), ("Content-Length", str(len(body))))
    read: Any = json_of(
        http.send(Call(method="POST", url=f"{url.rstrip('/')}/", headers=headers, body=body), deadline), _WHAT
    )
    for key in ("AssumeRoleWithWebIdentityResponse", "AssumeRoleWithWebIdentityResult", "Credentials"):
        read = read.get(key) if isinstance(read, dict) else None
    return _keys(read, "SessionToken")


def _container(http: Http, environment: Mapping[str, str], deadline: Deadline) -> Keys:
    """ECS and EKS Pod Identity; the address is the user's, from the environment."""
    relative = environment.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
    url = f"{_CONTAINER}{relative}" if relative else environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"]
    token = environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN", "")
    if environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"):
        token = _file(environment, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE").reveal()
    return _keys(json_of(http.send(Call(url=url, authorization=token, direct=True), deadline), _WHAT), "Token")


def _machine(http: Http, environment: Mapping[str, str], deadline: Deadline) -> Keys:
    """The role of the EC2 instance, by version 2 of its metadata service."""
    base = (environment.get("AWS_EC2_METADATA_SERVICE_ENDPOINT") or _METADATA).rstrip("/")

    def ask(method: str, path: str, *headers: tuple[str, str]) -> Answer:
        call = Call(method=method, url=f"{base}/latest/{path}", headers=headers, attempts=2, direct=True)
        return http.send(call, deadline)

    try:
        opened = ask("PUT", "api/token", ("X-aws-ec2-metadata-token-ttl-seconds", "60"), ("Content-Length", "0"))
    except NoConnection:
        raise _no_keys() from None
    token = ("X-aws-ec2-metadata-token", _line(opened))
    role = _line(ask("GET", "meta-data/iam/security-credentials/", token))
    path = f"meta-data/iam/security-credentials/{quote(role, safe='')}"
    return _keys(json_of(ask("GET", path, token), _WHAT), "Token")


def _line(answer: Answer) -> str:
    text = answer.body.decode("ascii", "replace").strip().partition("\n")[0]
    if answer.status != 200 or not text:
        raise _no_keys()
    return text


def _no_keys() -> Refused:
    return Refused(
        f"{_WHAT}: there are no keys in the environment, and this machine has no role",
        hint="set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or use docker-credential-ecr-login",
        reason=AUTHENTICATION_FAILED,
    )


def _keys(read: Any, session: str) -> Keys:
    found = read if isinstance(read, dict) else {}
    access, secret, token = (text_in(found, key, _WHAT) for key in ("AccessKeyId", "SecretAccessKey", session))
    return Keys(access, Secret(secret), Secret(token))


def _file(environment: Mapping[str, str], name: str) -> Secret:
    try:
        return Secret(Path(environment[name]).read_text(encoding="utf-8").strip())
    except (OSError, UnicodeDecodeError):
        raise Refused(f"{_WHAT}: {name} names a file that cannot be read", reason=AUTHENTICATION_FAILED) from None
