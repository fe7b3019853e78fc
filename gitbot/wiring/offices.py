"""From a configuration to the facts of elections: registries with their credentials, documents over HTTP, the memory."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial

from gitbot.config import models
from gitbot.config.models import Auth, Config, ImageRepository
from gitbot.config.places import docker_config_path, process_environment
from gitbot.config.references import reveal
from gitbot.errors import GitbotError, Refused, Unavailable
from gitbot.policies.memory import Memory, NoMemory
from gitbot.policies.metadata_election import MAX_BYTES
from gitbot.policies.office import Office
from gitbot.policies.scanning import Source
from gitbot.policies.sources import Sourced, sourced
from gitbot.policies.version_metadata_fetch import Answer, Document, Fetch, NotModified
from gitbot.policies.version_metadata_fetch import Unavailable as NoDocument
from gitbot.registry import credentials
from gitbot.registry.client import Registry
from gitbot.registry.cloud import cloud_login
from gitbot.registry.credentials import Credential, DockerConfig, Found
from gitbot.registry.helper import ask_helper
from gitbot.registry.login import Kept, Login
from gitbot.registry.name import Name
from gitbot.registry.session import Access
from gitbot.secret import Secret
from gitbot.transport.call import Call, Deadline
from gitbot.transport.client import Http, Options
from gitbot.transport.proxy import Proxies, Proxy
from gitbot.transport.tls import ClientCertificate

_TIMEOUT_S = 60.0
_HELPER_S = 600.0  # how long the answer of a credential helper counts


@contextmanager
def office(
    config: Config, memory: Memory, *, clock: Callable[[], datetime], dry: bool = False, force: bool = False
) -> Iterator[Office]:
    """An office for one run; its connections are closed at the end. A dry one remembers nothing."""
    registries = _Registries(config, clock)
    try:
        yield Office(
            registry=registries.of,
            fetch=registries.fetch,
            memory=NoMemory(memory) if dry else memory,
            now=clock(),
            force=force,
        )
    finally:
        registries.close()


class _Registries:
    """One client for each registry host and credential, made when it is first asked for."""

    def __init__(self, config: Config, clock: Callable[[], datetime]) -> None:
        self._config = config
        self._clock = clock
        self._lock = threading.Lock()
        self._made: dict[tuple[str, str, str], Registry] = {}
        self._https: dict[str, Http] = {}
        self._entries = {found.source: found.entry for found in _all_sources(config)}
        self._docker: DockerConfig | None = None

    def of(self, source: Source) -> Registry:
        """The client for a source; raises GitbotError when its credential cannot be had."""
        with self._lock:
            entry = self._entries.get(source)
            found = self._found(source, entry) if entry is None or not _stated(entry) else Found()
            key = (source.host, source.identity, found.credential.source if found.credential else found.helper)
            if key not in self._made:
                self._made[key] = self._make(source, entry, found)
            return self._made[key]

    def _make(self, source: Source, entry: ImageRepository | None, found: Found) -> Registry:
        http = self._http(source.identity, entry)
        credential = self._credential(source, entry, found, http)
        access = Access(
            host=source.host,
            credential=credential,
            insecure=bool(entry and entry.insecure),
            realms=entry.realms if entry else (),
            note=found.note,
        )
        timeout = (entry.timeout or entry.interval) if entry else _TIMEOUT_S
        return Registry(access, http, timeout_s=max(1.0, timeout))

    def fetch(self, timeout_s: float) -> Fetch:
        """One GET of a document, redirects followed, with this deadline."""
        with self._lock:
            http = self._http("", None)
        return partial(_fetch, http, timeout_s=timeout_s)

    def close(self) -> None:
        """Close every connection."""
        for http in self._https.values():
            http.close()

    def _http(self, identity: str, entry: ImageRepository | None) -> Http:
        if identity not in self._https:
            self._https[identity] = Http(self._options(entry))
        return self._https[identity]

    def _options(self, entry: ImageRepository | None) -> Options:
        auth = entry.auth if entry else Auth()
        client = None
        if auth.cert is not None and auth.key is not None:
            client = ClientCertificate(self._secret(auth, "cert").reveal(), self._secret(auth, "key"))
        proxies = Proxies.from_environment(process_environment())
        if entry is not None and entry.proxy is not None:
            proxies = self._proxy(entry.proxy)
        return Options(
            ca=self._secret(auth, "ca").reveal() if auth.ca else "",
            client=client,
            proxies=proxies,
            private=entry.allow_private if entry else (),
        )

    def _proxy(self, proxy: models.Proxy) -> Proxies:
        password = reveal(proxy.password, self._config.base, one_line=True) if proxy.password else None
        return Proxies.one(Proxy(proxy.address, proxy.username or "", password))

    def _secret(self, auth: Auth, name: str) -> Secret:
        return reveal(getattr(auth, name), self._config.base)

    def _credential(
        self, source: Source, entry: ImageRepository | None, found: Found, http: Http
    ) -> Credential | Kept | None:
        """Who we are at a source: what its entry says, else what the docker configuration has, else nobody."""
        if entry is not None and entry.provider != "generic":
            return cloud_login(entry.provider, source.host, http, process_environment(), self._clock)
        if entry is not None and entry.auth.token is not None:
            return Credential(registry_token=self._secret(entry.auth, "token"), source=f"auth of {entry.key}")
        if entry is not None and entry.auth.password is not None:
            password = self._secret(entry.auth, "password")
            return Credential(username=entry.auth.username or "", password=password, source=f"auth of {entry.key}")
        if found.helper:
            return Kept(lambda: Login(ask_helper(found.helper, found.server, process_environment()), _HELPER_S))
        return found.credential

    def _found(self, source: Source, entry: ImageRepository | None) -> Found:
        """What the docker configuration has for a source: that of its entry, else the user's; without one, nothing."""
        if entry is not None and entry.docker_config is not None:
            text = reveal(entry.docker_config, self._config.base).reveal()
            own = credentials.parse_docker_config(text, f"dockerConfig of {entry.key}")
            return credentials.find(own, Name(source.host, source.repository))
        if self._docker is None:
            self._docker = credentials.parse_docker_config(*_users_docker_config())
        return credentials.find(self._docker, Name(source.host, source.repository))


def _users_docker_config() -> tuple[str, str]:
    """The text of the user's docker configuration and its name; an empty one where there is none."""
    path = docker_config_path()
    try:
        return (path.read_text(encoding="utf-8"), str(path)) if path is not None and path.is_file() else ("{}", "")
    except (OSError, UnicodeDecodeError) as error:
        raise GitbotError(f"the docker configuration {path} cannot be read: {error}") from error


def _stated(entry: ImageRepository) -> bool:
    """Whether an entry of `images` says itself who we are."""
    return entry.provider != "generic" or entry.auth.password is not None or entry.auth.token is not None


def _all_sources(config: Config) -> Iterator[Sourced]:
    for policy in config.policies:
        with suppress(GitbotError):  # the election of that policy says why
            yield sourced(config, policy)


def _fetch(http: Http, url: str, etag: str, *, timeout_s: float) -> Answer:
    """One document; whatever goes wrong is an answer that says so."""
    headers = (("If-None-Match", etag),) if etag else ()
    try:
        call = Call(url=url, headers=headers, max_bytes=MAX_BYTES, redirects=5)
        answer = http.send(call, Deadline(timeout_s))
    except (Refused, Unavailable) as error:
        return NoDocument(error.message)
    if answer.status == 304:
        return NotModified()
    if not 200 <= answer.status < 300:
        return NoDocument(f"{url} answered with status {answer.status}")
    named = answer.header("etag")
    # One that no request could carry would make every later one fail.
    return Document(answer.body, named if named.isascii() and named.isprintable() else "")
