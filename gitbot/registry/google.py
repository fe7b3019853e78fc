"""Logging in to Google's registries: the metadata service of the machine, or a key file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from gitbot.errors import Refused
from gitbot.registry.credentials import Credential
from gitbot.registry.errors import AUTHENTICATION_FAILED
from gitbot.registry.login import LONGEST_S, Login
from gitbot.registry.reply import json_of, seconds_in, text_in
from gitbot.secret import Secret
from gitbot.transport.call import Call, Deadline
from gitbot.transport.client import Http

HOST = re.compile(r"(?:[a-z0-9-]+\.)?gcr\.io|[a-z0-9-]+-docker\.pkg\.dev|docker\.s3nsregistry\.fr")
_PATH = "/computeMetadata/v1/instance/service-accounts/default/token"
_WHAT = "log in at Google"


def log_in(_host: str, http: Http, environment: Mapping[str, str], deadline: Deadline) -> Login:
    """A credential of GOOGLE_APPLICATION_CREDENTIALS (a service account's key), else of the metadata service.

    Raises Refused and Unavailable.
    """
    if path := environment.get("GOOGLE_APPLICATION_CREDENTIALS"):
        return Login(_key_file(Path(path)), LONGEST_S)
    # GCE_METADATA_HOST is the variable that Google's own libraries read.
    server = environment.get("GCE_METADATA_HOST") or "metadata.google.internal"
    call = Call(url=f"http://{server}{_PATH}", headers=(("Metadata-Flavor", "Google"),), direct=True)
    answer = http.send(call, deadline)
    read = json_of(answer, _WHAT)
    if answer.header("metadata-flavor") != "Google":
        raise Refused(f"{_WHAT}: what answered at {server} is no metadata service", reason=AUTHENTICATION_FAILED)
    token = Secret(text_in(read, "access_token", _WHAT))
    credential = Credential(username="oauth2accesstoken", password=token, source="Google's metadata service")
    return Login(credential, seconds_in(read, "expires_in"))


def _key_file(path: Path) -> Credential:
    """Google's registries take the file of a service account's key as a password."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise Refused(f"{_WHAT}: GOOGLE_APPLICATION_CREDENTIALS names a file that cannot be read") from None
    if '"service_account"' not in text:
        raise Refused(
            f"{_WHAT}: GOOGLE_APPLICATION_CREDENTIALS is no key of a service account",
            hint="use docker-credential-gcloud for other kinds",
        )
    return Credential(username="_json_key", password=Secret(text), source="GOOGLE_APPLICATION_CREDENTIALS")
