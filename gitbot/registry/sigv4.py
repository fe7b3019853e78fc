"""AWS Signature Version 4 for one POST (AWS General Reference, "Create a signed AWS API request"); pure."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from gitbot.secret import Secret

_ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class Keys:
    """What AWS is called with; `session` is there when the keys are temporary."""

    access: str
    secret: Secret = field(repr=False)
    session: Secret | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is signed; `headers` hold `host`, names in lower case; the query is empty or sorted and encoded."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str]
    body: bytes = b""


def sign(request: Request, keys: Keys, region: str, service: str, now: datetime) -> dict[str, str]:
    """The headers to send: those given, `x-amz-date`, the session token, and `authorization`."""
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    headers = {**request.headers, "x-amz-date": stamp}
    if keys.session:
        headers["x-amz-security-token"] = keys.session.reveal()
    names = ";".join(sorted(headers))
    lines = [f"{name}:{' '.join(headers[name].split())}" for name in sorted(headers)]
    payload = hashlib.sha256(request.body).hexdigest()
    canonical = "\n".join([request.method, request.path, request.query, *lines, "", names, payload])
    scope = f"{stamp[:8]}/{region}/{service}/aws4_request"
    text = "\n".join([_ALGORITHM, stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = f"AWS4{keys.secret.reveal()}".encode()
    for part in (stamp[:8], region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    credential = f"{keys.access}/{scope}"
    return headers | {
        "authorization": f"{_ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={signature}"
    }
