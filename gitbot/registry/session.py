"""Getting in: which scheme a registry speaks, which way in it offers, and calls that carry what it wants."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace

from gitbot.registry.challenge import Challenge, parse_challenges
from gitbot.registry.credentials import Credential
from gitbot.registry.login import Kept
from gitbot.registry.name import api_host, plain_allowed
from gitbot.registry.token import Token, fetch_token, find_realm
from gitbot.transport.call import Answer, Call, Deadline, NoConnection, origin_of
from gitbot.transport.client import MAX_REDIRECTS, Http

# How long HTTPS may take to connect where plain HTTP is allowed too.
_SECURE_S = 5.0
_PING_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """A registry and who we are there.

    `host` is as in `name.Name`. A `Kept` credential is looked up when it is wanted. `insecure` allows plain HTTP where
    HTTPS is not answered. `trusted` false says that the host was named by what a repository holds: then it must be at a
    public address. `realms` lists origins (`https://host[:port]`) of token servers that get the credential too. `note` says
    why there is no credential, for messages.
    """

    host: str
    credential: Credential | Kept | None = None
    insecure: bool = False
    trusted: bool = True
    realms: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Home:
    """Where the registry answers (`https://host`), and the ways in it offered."""

    url: str
    challenges: tuple[Challenge, ...]


class Session:
    """One registry with one credential; tokens are kept until they expire. Shared by threads."""

    def __init__(self, access: Access, http: Http) -> None:
        self.access = access
        self._http = http
        self._lock = threading.Lock()
        self._home: Home | None = None
        self._tokens: dict[str, Token] = {}

    def home(self, deadline: Deadline) -> Home:
        """Ask `/v2/` once for scheme and ways in; raises Unavailable and Refused, and asks again the next time then."""
        with self._lock:
            if self._home is None:
                self._home = self._find(deadline)
            return self._home

    def send(self, call: Call, repository: str, deadline: Deadline) -> Answer:
        """Send a call about a repository, with authorization when it is for this registry's own origin.

        A 401 is answered once, with what it asks for. Answers that are no success are returned, the token struck out.
        """
        home = self.home(deadline)
        if origin_of(call.url) != origin_of(home.url):
            return self._http.send(replace(call, foreign=True), deadline)
        call = replace(call, foreign=not self.access.trusted)
        first = self._authorization(repository, home, deadline)
        answer = self._http.send(replace(call, authorization=first), deadline)
        if answer.status != 401 or origin_of(answer.url) != origin_of(home.url):
            return _struck(answer, first)
        challenges = parse_challenges(answer.all("www-authenticate"))
        with self._lock:
            self._tokens.pop(repository, None)
        second = self._authorization(repository, replace(home, challenges=challenges), deadline) if challenges else ""
        if second not in {"", first}:
            answer = self._http.send(replace(call, authorization=second), deadline)
        if answer.status == 401 and isinstance(self.access.credential, Kept):
            self.access.credential.forget()
        return _struck(_struck(answer, first), second)

    def _find(self, deadline: Deadline) -> Home:
        host = api_host(self.access.host)
        plain = plain_allowed(host, insecure=self.access.insecure)
        try:
            limit = Deadline(min(_SECURE_S, deadline.left() / 2)) if plain else deadline
            return self._ping(f"https://{host}", limit, attempts=1 if plain else 3)
        except NoConnection:
            if not plain:
                raise
        return self._ping(f"http://{host}", deadline, attempts=3)

    def _ping(self, url: str, deadline: Deadline, *, attempts: int) -> Home:
        call = Call(
            url=f"{url}/v2/",
            max_bytes=_PING_BYTES,
            redirects=MAX_REDIRECTS,
            attempts=attempts,
            foreign=not self.access.trusted,
        )
        answer = self._http.send(call, deadline)
        own = origin_of(answer.url) == origin_of(url)
        return Home(url, parse_challenges(answer.all("www-authenticate")) if own and answer.status == 401 else ())

    def _authorization(self, repository: str, home: Home, deadline: Deadline) -> str:
        """The header for the first challenge we can meet; without any, what we have; "" to ask anonymously."""
        credential = self._credential()
        if credential and credential.registry_token:
            return f"Bearer {credential.registry_token.reveal()}"
        for challenge in home.challenges:
            if challenge.scheme == "bearer":
                return f"Bearer {self._token(repository, home, challenge, deadline).text}"
            if challenge.scheme == "basic" and credential and credential.basic:
                return credential.basic
        return credential.basic if credential and not home.challenges else ""

    def _credential(self) -> Credential | None:
        found = self.access.credential
        return found.get() if isinstance(found, Kept) else found

    def _token(self, repository: str, home: Home, challenge: Challenge, deadline: Deadline) -> Token:
        with self._lock:
            known = self._tokens.get(repository)
        if known and known.fresh:
            return known
        wanted = f"repository:{repository}:pull"
        offered = challenge.parameters.get("scope", "")
        # The scope of a challenge is honoured beside ours: some registries name more than pull.
        scopes = tuple(dict.fromkeys(scope for scope in (wanted, offered) if scope))
        credential, trusted = self._credential(), self.access.trusted
        realm = find_realm(challenge, origin_of(home.url), credential, self.access.realms, trusted=trusted)
        token = fetch_token(self._http, challenge, realm, scopes, credential, deadline)
        with self._lock:
            self._tokens[repository] = token
        return token


def _struck(answer: Answer, authorization: str) -> Answer:
    """The answer with the secret of the call struck out of an error it may be quoted in."""
    secret = authorization.partition(" ")[2].encode()
    if answer.status < 400 or not secret:
        return answer
    return replace(answer, body=answer.body.replace(secret, b"***"))
