"""Logging in to Azure's registries: workload identity, a client secret, or the machine's managed identity."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlencode

from gitbot.errors import Refused
from gitbot.registry.credentials import Credential
from gitbot.registry.errors import AUTHENTICATION_FAILED
from gitbot.registry.login import LONGEST_S, Login
from gitbot.registry.reply import json_of, text_in
from gitbot.secret import Secret
from gitbot.transport.call import Call, Deadline
from gitbot.transport.client import Http

HOST = re.compile(r"[a-z0-9-]+\.azurecr\.(io|cn|de|us)")
# The user name that says that the password is a refresh token of the registry.
_NOBODY = "00000000-0000-0000-0000-000000000000"
_AUTHORITIES = {"cn": "https://login.chinacloudapi.cn", "us": "https://login.microsoftonline.us"}
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_METADATA = "http://169.254.169.254"
_WHAT = "log in at Azure"


def log_in(host: str, http: Http, environment: Mapping[str, str], deadline: Deadline) -> Login:
    """A refresh token of the registry, got for an identity from the variables Azure's own libraries read (AZURE_*).

    Raises Refused and Unavailable.
    """
    top = host.rpartition(".")[2]
    audience = f"https://containerregistry.azure.{'net' if top == 'io' else top}"
    token = _identity(audience, top, http, environment, deadline)
    return Login(exchange(f"https://{host}", host, token, http, deadline), LONGEST_S)


def exchange(url: str, service: str, token: Secret, http: Http, deadline: Deadline) -> Credential:
    """Exchange a token of Azure for one of the registry at `url` (ACR's `/oauth2/exchange`)."""
    form = {"grant_type": "access_token", "service": service, "access_token": token.reveal()}
    read = json_of(http.send(_post(f"{url}/oauth2/exchange", form), deadline), _WHAT)
    refresh = Secret(text_in(read, "refresh_token", _WHAT))
    return Credential(username=_NOBODY, password=refresh, source="Azure")


def _identity(audience: str, top: str, http: Http, environment: Mapping[str, str], deadline: Deadline) -> Secret:
    client, tenant = environment.get("AZURE_CLIENT_ID", ""), environment.get("AZURE_TENANT_ID", "")
    proof = _proof(environment)
    if client and tenant and proof:
        authority = environment.get("AZURE_AUTHORITY_HOST") or _AUTHORITIES.get(
            top, "https://login.microsoftonline.com"
        )
        url = f"{authority.rstrip('/')}/{quote(tenant, safe='')}/oauth2/v2.0/token"
        form = {"grant_type": "client_credentials", "client_id": client, "scope": f"{audience}/.default"}
        answer = http.send(_post(url, form | proof), deadline)
    else:
        server = environment.get("AZURE_POD_IDENTITY_AUTHORITY_HOST") or _METADATA
        query = {"api-version": "2018-02-01", "resource": audience} | ({"client_id": client} if client else {})
        url = f"{server.rstrip('/')}/metadata/identity/oauth2/token?{urlencode(query)}"
        answer = http.send(Call(url=url, headers=(("Metadata", "true"),), direct=True), deadline)
    return Secret(text_in(json_of(answer, _WHAT), "access_token", _WHAT))


def _proof(environment: Mapping[str, str]) -> dict[str, str]:
    if path := environment.get("AZURE_FEDERATED_TOKEN_FILE"):
        try:
            token = Secret(Path(path).read_text(encoding="utf-8").strip())
        except (OSError, UnicodeDecodeError):
            raise Refused(
                f"{_WHAT}: AZURE_FEDERATED_TOKEN_FILE names a file that cannot be read", reason=AUTHENTICATION_FAILED
            ) from None
        return {"client_assertion_type": _ASSERTION, "client_assertion": token.reveal()}
    secret = environment.get("AZURE_CLIENT_SECRET")
    return {"client_secret": Secret(secret).reveal()} if secret else {}


def _post(url: str, form: Mapping[str, str]) -> Call:
    body = urlencode(form).encode()
    kind = ("Content-Type", "application/x-www-form-urlencoded")
    return Call(method="POST", url=url, headers=(kind, ("Content-Length", str(len(body)))), body=body)
