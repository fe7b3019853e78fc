"""Which cloud logs in where: a provider's name to its login, and the hosts it is for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Literal

from gitbot.errors import Refused
from gitbot.registry import aws, azure, google
from gitbot.registry.errors import AUTHENTICATION_FAILED
from gitbot.registry.login import Kept, Login
from gitbot.transport.call import Deadline
from gitbot.transport.client import Http

Provider = Literal["aws", "azure", "gcp"]
_HOSTS: Mapping[Provider, re.Pattern[str]] = {"aws": aws.HOST, "azure": azure.HOST, "gcp": google.HOST}
_TITLES: Mapping[Provider, str] = {"aws": "AWS", "azure": "Azure", "gcp": "Google Cloud"}


def cloud_login(
    provider: Provider, host: str, http: Http, environment: Mapping[str, str], now: Callable[[], datetime]
) -> Kept:
    """A credential for a registry host, from the identity this process has at a provider.

    `environment` holds the variables the provider's own libraries read. Raises Refused at once when the host is not one of
    the provider's, so that its credential goes nowhere else; looking up raises Refused and Unavailable.
    """
    if not _HOSTS[provider].fullmatch(host):
        raise Refused(
            f"{host} is not a registry of {_TITLES[provider]}",
            hint="take provider out, or name another",
            reason=AUTHENTICATION_FAILED,
        )

    def look() -> Login:
        deadline = Deadline(30.0)
        if provider == "aws":
            return aws.log_in(host, http, environment, deadline, now())
        log_in = azure.log_in if provider == "azure" else google.log_in
        return log_in(host, http, environment, deadline)

    return Kept(look)
