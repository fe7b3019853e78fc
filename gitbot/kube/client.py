"""The Kubernetes client: get, list and watch objects, and patch the status of one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from gitbot.errors import GitbotError, Refused
from gitbot.kube.errors import Expired, NotFound, failed, nonsense, placed
from gitbot.kube.events import Event, read_event
from gitbot.kube.resource import Asked, Resource, group_path
from gitbot.kube.session import Session
from gitbot.transport.call import Answer, Call, Deadline

Object = dict[str, Any]
_JSON = ("Accept", "application/json")
# How long a watch may go on after the time it was asked for.
_LATE_S = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much of a cluster is read; beyond it the call fails.

    `page` is how many objects are asked for at once; bytes of one page, of all pages, and of one object; objects of a list.
    """

    page: int = 250
    objects: int = 100_000
    page_bytes: int = 64 << 20
    bytes: int = 256 << 20
    object_bytes: int = 8 << 20


@dataclass(frozen=True, slots=True)
class Listed:
    """Every object there was at one moment; `version` is that moment, for a watch to go on from."""

    items: tuple[Object, ...]
    version: str


class Kube:
    """One cluster. Every method but `watch` ends within `timeout_s`, whatever the number of requests.

    All raise Refused (the login, a right or the object is missing, or nonsense was answered; NotFound for 404), Unavailable
    (asking again may help, after `retry_after` seconds where the server said so; Conflict for 409, Expired for 410) and what
    the login raises. Every message names the verb and the resource.
    """

    def __init__(self, session: Session, *, timeout_s: float = 30.0, limits: Limits | None = None) -> None:
        self._session = session
        self._timeout_s = timeout_s
        self._limits = limits or Limits()

    def find(self, group: str, plural: str) -> Resource | None:
        """The resource in the version the cluster prefers among those that have it; None when it serves none."""
        asked, deadline = Asked("discover", Resource(group, "", plural, namespaced=False)), Deadline(self._timeout_s)
        for version in self._versions(group, asked, deadline):
            answer = self._send(Call(url=self._url(group_path(group, version)), headers=(_JSON,)), asked, deadline)
            for row in _rows(_object(answer, asked).get("resources")):
                if row.get("name") == plural:
                    return Resource(
                        group, version, plural, str(row.get("kind") or ""), row.get("namespaced") is not False
                    )
        return None

    def get(self, resource: Resource, namespace: str, name: str) -> Object:
        """One object."""
        asked, deadline = Asked("get", resource, namespace, name), Deadline(self._timeout_s)
        call = Call(
            url=self._url(resource.path(namespace, name)), headers=(_JSON,), max_bytes=self._limits.object_bytes
        )
        return _object(self._send(call, asked, deadline), asked)

    def list(self, resource: Resource, namespace: str = "", labels: str = "") -> Listed:
        """Every object of a namespace ("": of all), of those with these labels (`team=a,env!=test`), page by page.

        When the list outlives what the server keeps, it is begun anew, whole, once. Objects have `apiVersion` and `kind`.
        """
        asked, deadline = Asked("list", resource, namespace), Deadline(self._timeout_s)
        selected = {"labelSelector": labels} if labels else {}
        try:
            return self._pages(asked, selected | {"limit": str(self._limits.page)}, deadline)
        except Expired:
            return self._pages(asked, selected, deadline)

    def watch(self, resource: Resource, namespace: str, version: str, seconds: float) -> Iterator[Event]:
        """What happens after `version`, as it happens, for so many seconds; then it ends without an error.

        Bookmarks are handed out too: their version is what to go on from. Raises Expired when `version` is too old.
        """
        asked = Asked("watch", resource, namespace)
        query = {
            "watch": "1",
            "resourceVersion": version,
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(max(1, int(seconds))),
        }
        url = self._url(resource.path(namespace), query)
        call = Call(url=url, headers=(_JSON,), max_bytes=self._limits.object_bytes)
        try:
            with self._session.stream(call, Deadline(seconds + _LATE_S)) as lines:
                if lines.answer.status != 200:
                    raise self._failed(lines.answer, asked)
                for line in lines:
                    yield read_event(line, asked, url, self._session.cluster.source)
        except GitbotError as error:
            raise placed(error, asked) from error.__cause__

    def patch_status(
        self, resource: Resource, namespace: str, name: str, status: Mapping[str, Any], *, version: str = ""
    ) -> Object:
        """Merge these fields into the status of an object (RFC 7396: null takes a field away); returns the object.

        With `version`, only when the object still has that resourceVersion; else Conflict.
        """
        asked, deadline = Asked("patch", resource, namespace, name), Deadline(self._timeout_s)
        body: dict[str, Any] = {"status": status} | ({"metadata": {"resourceVersion": version}} if version else {})
        call = Call(
            method="PATCH",
            url=self._url(resource.path(namespace, name, "status"), {"fieldManager": "gitbot"}),
            headers=(_JSON, ("Content-Type", "application/merge-patch+json")),
            body=json.dumps(body).encode(),
            max_bytes=self._limits.object_bytes,
        )
        return _object(self._send(call, asked, deadline), asked)

    def _url(self, path: str, query: Mapping[str, str] | None = None) -> str:
        return self._session.url(path) + (f"?{urlencode(query)}" if query else "")

    def _send(self, call: Call, asked: Asked, deadline: Deadline) -> Answer:
        try:
            answer = self._session.send(call, deadline)
        except GitbotError as error:
            raise placed(error, asked) from error.__cause__
        if answer.status != 200:
            raise self._failed(answer, asked)
        return answer

    def _failed(self, answer: Answer, asked: Asked) -> GitbotError:
        return failed(answer, asked, self._session.cluster.source)

    def _versions(self, group: str, asked: Asked, deadline: Deadline) -> tuple[str, ...]:
        """The versions of a group, the preferred one first; none when the cluster has no such group."""
        if not group:
            return ("v1",)
        try:
            answer = self._send(Call(url=self._url(group_path(group)), headers=(_JSON,)), asked, deadline)
        except NotFound:
            return ()
        read = _object(answer, asked)
        rows = [*_rows([read.get("preferredVersion")]), *_rows(read.get("versions"))]
        return tuple(dict.fromkeys(str(row.get("version") or "") for row in rows))

    def _pages(self, asked: Asked, query: dict[str, str], deadline: Deadline) -> Listed:
        items: list[Object] = []
        size, seen = 0, {""}
        while True:
            url = self._url(asked.resource.path(asked.namespace), query)
            answer = self._send(Call(url=url, headers=(_JSON,), max_bytes=self._limits.page_bytes), asked, deadline)
            page, version, following = _page(answer, asked)
            items += page
            size += len(answer.body)
            if len(items) > self._limits.objects or size > self._limits.bytes:
                raise Refused(f"{asked}: more than {self._limits.objects:,} objects or {self._limits.bytes:,} bytes")
            if not following:
                return Listed(tuple(items), version)
            if following in seen:
                raise nonsense(asked, url, "its pages go round in a circle")
            seen.add(following)
            query = query | {"continue": following}


def _object(answer: Answer, asked: Asked) -> Object:
    try:
        read = json.loads(answer.body)
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, dict):
        raise nonsense(asked, answer.url, "no JSON object")
    return read


def _rows(value: object) -> list[Object]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _page(answer: Answer, asked: Asked) -> tuple[list[Object], str, str]:
    """The objects of a page, the version of the list, and the token of the next page."""
    read = _object(answer, asked)
    items, metadata = read.get("items"), read.get("metadata")
    if items is not None and (not isinstance(items, list) or not all(isinstance(item, dict) for item in items)):
        raise nonsense(asked, answer.url, "items is no list of objects")
    version = metadata.get("resourceVersion") if isinstance(metadata, dict) else None
    if not isinstance(metadata, dict) or not isinstance(version, str) or not version:
        raise nonsense(asked, answer.url, "the list has no resourceVersion")
    # Objects of the kinds that are built in come without these two in a list.
    common = {"apiVersion": asked.resource.api_version}
    common |= {"kind": asked.resource.kind} if asked.resource.kind else {}
    following = metadata.get("continue")
    return [common | item for item in items or []], version, following if isinstance(following, str) else ""
