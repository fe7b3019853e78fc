"""Bearer tokens: where they may be fetched, and fetching one (docker's token specification and its OAuth 2 form)."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from urllib.parse import urlencode

from gitbot.errors import Refused
from gitbot.registry.challenge import Challenge
from gitbot.registry.credentials import Credential
from gitbot.registry.errors import AUTHENTICATION_FAILED, nonsense, refused
from gitbot.transport.address import literal
from gitbot.transport.call import Answer, Call, Deadline, Origin, origin_of
from gitbot.transport.client import Http

_BYTES = 256 * 1024
_LONGEST_TOKEN = 64 * 1024
# What the specification says a client assumes when the server names no life.
_LIFE_S, _LONGEST_LIFE_S, _USED = 60.0, 24 * 3600.0, 0.8
_FORM = (("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json"))


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token and until when (monotonic seconds) it is used."""

    text: str = field(repr=False)
    until: float

    @property
    def fresh(self) -> bool:
        """Whether it is still used."""
        return time.monotonic() < self.until


@dataclass(frozen=True, slots=True)
class Realm:
    """Where tokens are fetched; `foreign` when the user did not name it, so that its address must be a public one."""

    url: str
    foreign: bool


def find_realm(
    challenge: Challenge, home: Origin, credential: Credential | None, realms: tuple[str, ...], *, trusted: bool = True
) -> Realm:
    """Decide whether tokens may be fetched where a registry says; raises Refused when not.

    `trusted` false says that the user did not name the registry, so that its own host must be at a public address too.

    The realm is https unless the registry itself is http. A credential goes to the registry's own host, a host of the same
    parent domain (`auth.docker.io` for `registry-1.docker.io`), or an origin listed in `realms`; without a credential any
    public host will do.
    """
    url = challenge.parameters.get("realm", "")
    if not url:
        raise Refused(f"{home} asks for a bearer token and does not say where to get one", reason=AUTHENTICATION_FAILED)
    origin = origin_of(url)
    listed = any(origin_of(text) == origin for text in realms)
    if origin.scheme == "http" and home.scheme == "https":
        raise Refused(f"{home} names a token server without TLS: {origin}", reason=AUTHENTICATION_FAILED)
    if credential and not listed and not related(home.host, origin.host):
        raise Refused(
            f"{home} sends us to {origin} for a token, and the credential is not for that host",
            hint=f"if that is right, list {origin} in realms",
            reason=AUTHENTICATION_FAILED,
        )
    return Realm(url, foreign=not listed and not (trusted and origin == home))


# Domains below which every customer has a host: what stands beside a registry there is somebody else's.
_SHARED = frozenset(
    {"azurecr.io", "azurecr.cn", "azurecr.us", "azurecr.de", "gcr.io", "pkg.dev", "jfrog.io", "cloudapp.net", "azurewebsites.net",
     "amazonaws.com", "herokuapp.com", "github.io", "gitlab.io", "run.app", "scw.cloud", "ondigitalocean.app", "quay.io"}
)  # fmt: skip


def related(host: str, other: str) -> bool:
    """Whether another host is this one, below it, or below its parent domain of two labels or more, unless that is shared."""
    if host == other:
        return True
    if literal(host) or literal(other):
        return False
    parent = host.partition(".")[2]
    ours = "." in parent and parent not in _SHARED
    return other.endswith(f".{host}") or (ours and (other == parent or other.endswith(f".{parent}")))


def fetch_token(
    http: Http,
    challenge: Challenge,
    realm: Realm,
    scopes: tuple[str, ...],
    credential: Credential | None,
    deadline: Deadline,
) -> Token:
    """Fetch a token for these scopes; raises Refused and Unavailable.

    An identity token is exchanged by POST; a server that does not know that (404, 405) is asked by GET when there is a
    password as well.
    """
    service = challenge.parameters.get("service", "")
    if credential and credential.identity_token:
        answer = http.send(_post(realm, service, scopes, credential.identity_token.reveal()), deadline)
        if answer.status not in {404, 405} or not credential.basic:
            return _token(answer, realm)
    return _token(http.send(_get(realm, service, scopes, credential), deadline), realm)


def _get(realm: Realm, service: str, scopes: tuple[str, ...], credential: Credential | None) -> Call:
    pairs = ([("service", service)] if service else []) + [("scope", scope) for scope in scopes]
    glue = "&" if "?" in realm.url else "?"
    return Call(
        url=realm.url.partition("#")[0] + glue + urlencode(pairs),
        headers=(("Accept", "application/json"),),
        authorization=credential.basic if credential else "",
        max_bytes=_BYTES,
        foreign=realm.foreign,
    )


def _post(realm: Realm, service: str, scopes: tuple[str, ...], refresh: str) -> Call:
    form = {"grant_type": "refresh_token", "service": service, "client_id": "gitbot"}
    form |= {"scope": " ".join(scopes), "refresh_token": refresh}
    return Call(
        method="POST",
        url=realm.url,
        headers=(*_FORM, ("Content-Length", str(len(urlencode(form))))),
        body=urlencode(form).encode(),
        max_bytes=_BYTES,
        foreign=realm.foreign,
    )


def _token(answer: Answer, realm: Realm) -> Token:
    what = "fetch a token"
    if answer.status in {400, 401, 403}:
        error = refused(answer, what)
        raise Refused(error.message, hint="check the credential of this registry", reason=AUTHENTICATION_FAILED)
    if answer.status != 200:
        raise refused(answer, what)
    try:
        read = json.loads(answer.body)
        text = read.get("token") or read.get("access_token")
        life = float(read.get("expires_in") or _LIFE_S)
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        raise nonsense(answer, what, "no JSON object with a token") from None
    if not isinstance(text, str) or not 0 < len(text) <= _LONGEST_TOKEN or not (text.isascii() and text.isprintable()):
        raise nonsense(answer, what, f"no usable token from {origin_of(realm.url)}")
    return Token(text, time.monotonic() + _USED * min(max(life, 0.0), _LONGEST_LIFE_S))
