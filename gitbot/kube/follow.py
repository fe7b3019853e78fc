"""A list that is kept up to date: listed, watched, watched again when a watch ends, listed again when that is too late."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gitbot.errors import Unavailable
from gitbot.kube.client import Kube, Listed
from gitbot.kube.errors import Expired
from gitbot.kube.events import Event
from gitbot.kube.resource import Resource

Pause = Callable[[int, Unavailable | None], bool]


def follow(
    kube: Kube, resource: Resource, namespace: str, pause: Pause, *, seconds: float = 240.0
) -> Iterator[Listed | Event]:
    """Hand out the list, then each change (no bookmarks); another list replaces all that was handed out before it.

    Before each new connection `pause(failures, error)` is called: how many connections in a row have brought nothing, and
    why the last one ended (None: it ended well). It waits as it sees fit, `error.retry_after` at least, and returns whether
    to go on. One watch lasts `seconds`, so that is how long stopping may take. Raises what the client raises, except
    Unavailable.
    """
    version, failures = "", 0
    while True:
        error: Unavailable | None = None
        try:
            if not version:
                listed = kube.list(resource, namespace)
                version = listed.version
                yield listed
            for event in kube.watch(resource, namespace, version, seconds):
                version, failures = event.version, -1
                if event.change != "BOOKMARK":
                    yield event
        except Expired as expired:
            version, error = "", expired
        except Unavailable as unavailable:
            error = unavailable
        failures += 1
        if not pause(failures, error):
            return
