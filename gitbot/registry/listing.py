"""A list of tags put together from pages, under limits that are errors: a list is never cut short in silence."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from gitbot.errors import GitbotError, Refused
from gitbot.registry.challenge import LONGEST, next_link
from gitbot.registry.errors import READ_FAILED, nonsense
from gitbot.transport.call import Answer, joined, origin_of, shown

_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_ETAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e]{0,256}"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much of a registry is read; beyond it the call fails.

    `page_size` is what is asked for (`n=`); bytes of one page and of all; tags and pages of one repository.
    """

    page_size: int = 1000
    tags: int = 200_000
    pages: int = 2_000
    page_bytes: int = 16 << 20
    bytes: int = 64 << 20
    manifest_bytes: int = 4 << 20
    config_bytes: int = 8 << 20


@dataclass(frozen=True, slots=True)
class Tags:
    """Every tag of a repository once, in ascending order of bytes.

    `etag` is for asking again, "" when the list has more pages than one or the registry gives none. `ignored` counts names
    that are no tags of the OCI grammar: nothing can be pulled by them.
    """

    tags: tuple[str, ...]
    etag: str = ""
    ignored: int = 0


@dataclass(frozen=True, slots=True)
class NotModified:
    """The list is the one that the given ETag came with."""


class Listing:
    """The pages of one list as they come in."""

    def __init__(self, what: str, limits: Limits) -> None:
        self._what = what
        self._limits = limits
        self._tags: set[str] = set()
        self._ignored: set[str] = set()
        self._urls: set[str] = set()
        self._etag = ""
        self._bytes = 0

    def add(self, answer: Answer) -> str:
        """Take a page in; the URL of the next one, "" after the last.

        Raises Refused for what is no page, a link to another host, a page that was there before, and beyond the limits.
        """
        if answer.url in self._urls:
            raise self._refused(f"its pages go round in a circle: {shown(answer.url)}")
        self._urls.add(answer.url)
        self._bytes += len(answer.body)
        page = self._page(answer)
        new = page - self._tags - self._ignored
        self._ignored |= {tag for tag in new if not _TAG.fullmatch(tag)}
        self._tags |= new - self._ignored
        self._check_limits()
        self._etag = answer.header("etag")
        following = self._next(answer)
        if following and page and not new:
            raise self._refused("it gives the same page again and again")
        return following

    def result(self) -> Tags:
        """The whole list."""
        usable = len(self._urls) == 1 and _ETAG.fullmatch(self._etag)
        return Tags(tuple(sorted(self._tags)), self._etag if usable else "", len(self._ignored))

    def _page(self, answer: Answer) -> set[str]:
        try:
            tags = json.loads(answer.body)["tags"]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise nonsense(answer, self._what, "no JSON object with tags") from None
        if tags is None:
            return set()
        if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
            raise nonsense(answer, self._what, "tags is no list of strings")
        return set(tags)

    def _next(self, answer: Answer) -> str:
        headers = answer.all("link")
        link = next_link(headers)
        if not link:
            # A list is never cut short in silence: what may be a next page has to be one.
            if any("next" in header.lower() or len(header) > LONGEST for header in headers):
                raise self._refused("it names a next page in a way that cannot be read")
            return ""
        url = joined(answer.url, link)
        if origin_of(url) != origin_of(answer.url):
            raise self._refused(f"its next page is at another host, {origin_of(url)}")
        return url

    def _check_limits(self) -> None:
        limits = self._limits
        for count, limit, what in (
            (len(self._tags) + len(self._ignored), limits.tags, "tags"),
            (len(self._urls), limits.pages, "pages"),
            (self._bytes, limits.bytes, "bytes"),
        ):
            if count > limit:
                raise self._refused(f"the list has more than {limit:,} {what}")

    def _refused(self, why: str) -> GitbotError:
        return Refused(f"{self._what}: {why}", reason=READ_FAILED)
