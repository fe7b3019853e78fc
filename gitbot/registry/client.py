"""The registry client: tags, digests and platforms of the repositories of one registry."""

from __future__ import annotations

import json
from typing import Any

from gitbot.errors import Refused
from gitbot.image import ImageRef, check_name
from gitbot.printable import printable
from gitbot.registry.errors import nonsense, refused
from gitbot.registry.listing import Limits, Listing, NotModified, Tags
from gitbot.registry.manifest import (
    ACCEPT,
    DIGEST,
    config_digest,
    digest_of,
    first_image,
    is_index,
    labels_of,
    platform,
    platforms_of_index,
    read_manifest,
)
from gitbot.registry.session import Access, Session
from gitbot.transport.call import Answer, Call, Deadline
from gitbot.transport.client import MAX_REDIRECTS, Http

# Answers to HEAD that say "not this method" rather than "not this tag".
_HEAD_REFUSED = frozenset({400, 403, 405, 406, 415, 501})
# Answers to a page size that the registry finds too large (ECR: 400, quay.io: 413).
_SIZE_REFUSED = frozenset({400, 413})


class Registry:
    """One registry with one credential: asks, checks, and never writes. One object is shared by threads.

    Every method ends within `timeout_s`, whatever the number of requests. All raise Refused (not there, not for us, or
    nonsense), Unavailable (asking again may help) and InvalidReferenceError.
    """

    def __init__(self, access: Access, http: Http, *, timeout_s: float = 60.0, limits: Limits | None = None) -> None:
        self._session = Session(access, http)
        self._timeout_s = timeout_s
        self._limits = limits or Limits()

    def tags(self, repository: str, etag: str | None = None) -> Tags | NotModified:
        """Every tag of a repository, page by page; `NotModified` when the list is still the one `etag` came with."""
        what, deadline = self._what("list the tags of", repository), Deadline(self._timeout_s)
        answer = self._first_page(repository, etag, deadline)
        if answer.status == 304 and etag:
            return NotModified()
        listing = Listing(what, self._limits)
        while True:
            if answer.status != 200:
                raise self._refused(answer, what)
            following = listing.add(answer)
            if not following:
                return listing.result()
            answer = self._get(following, repository, self._limits.page_bytes, deadline)

    def digest(self, repository: str, tag: str) -> str:
        """The digest a tag stands for now: of the index where there is one, never of one platform's manifest.

        Asked by HEAD, which counts as no pull; by GET, hashing the body, where HEAD is refused or names no digest.
        """
        what, deadline = self._what("find the digest of", repository, tag), Deadline(self._timeout_s)
        url = self._url(f"/v2/{repository}/manifests/{tag}", deadline)
        call = Call(method="HEAD", url=url, headers=(("Accept", ACCEPT),), redirects=MAX_REDIRECTS)
        answer = self._session.send(call, repository, deadline)
        if answer.status == 200 and DIGEST.fullmatch(answer.header("docker-content-digest")):
            return answer.header("docker-content-digest")
        if answer.status != 200 and answer.status not in _HEAD_REFUSED:
            raise self._refused(answer, what)
        return digest_of(self._manifest(repository, tag, what, deadline).body)

    def platforms(self, repository: str, reference: str) -> frozenset[str]:
        """The platforms (`linux/amd64`, `linux/arm/v7`) of a tag or digest; empty for what is no image."""
        what, deadline = self._what("find the platforms of", repository, reference), Deadline(self._timeout_s)
        answer = self._manifest(repository, reference, what, deadline)
        manifest = read_manifest(answer.body)
        if is_index(manifest):
            return platforms_of_index(manifest)
        name = platform(self._config(manifest, repository, what, deadline))
        return frozenset({name} if name else ())

    def labels(self, repository: str, reference: str) -> dict[str, str]:
        """The labels of a tag or digest; of an index those of its first image, which the others share by custom."""
        what, deadline = self._what("find the labels of", repository, reference), Deadline(self._timeout_s)
        manifest = read_manifest(self._manifest(repository, reference, what, deadline).body)
        if is_index(manifest):
            first = first_image(manifest)
            if not first:
                return {}
            manifest = read_manifest(self._manifest(repository, first, what, deadline).body)
        return labels_of(self._config(manifest, repository, what, deadline))

    def _config(self, manifest: dict[str, Any], repository: str, what: str, deadline: Deadline) -> Any:
        """The configuration of an image, checked against its digest; None when the manifest names none."""
        wanted = config_digest(manifest)
        if not wanted:
            return None
        url = self._url(f"/v2/{repository}/blobs/{wanted}", deadline)
        blob = self._get(url, repository, self._limits.config_bytes, deadline)
        if blob.status != 200:
            raise self._refused(blob, what)
        if digest_of(blob.body) != wanted:
            raise nonsense(blob, what, f"the content is not that of {wanted}")
        try:
            return json.loads(blob.body)
        except (ValueError, RecursionError):
            raise nonsense(blob, what, "the image configuration is no JSON") from None

    def _first_page(self, repository: str, etag: str | None, deadline: Deadline) -> Answer:
        """The first page in the size we like, or in the registry's own when it finds that too large."""
        url = self._url(f"/v2/{repository}/tags/list", deadline)
        headers = (("If-None-Match", etag),) if etag else ()
        sized = f"{url}?n={self._limits.page_size}"
        answer = self._get(sized, repository, self._limits.page_bytes, deadline, headers)
        if answer.status not in _SIZE_REFUSED:
            return answer
        return self._get(url, repository, self._limits.page_bytes, deadline, headers)

    def _manifest(self, repository: str, reference: str, what: str, deadline: Deadline) -> Answer:
        """A manifest or index whose content is what the reference, and the registry, say it is."""
        url = self._url(f"/v2/{repository}/manifests/{reference}", deadline)
        answer = self._get(url, repository, self._limits.manifest_bytes, deadline, (("Accept", ACCEPT),))
        if answer.status != 200:
            raise self._refused(answer, what)
        try:
            read_manifest(answer.body)
        except ValueError as error:
            raise nonsense(answer, what, str(error)) from None
        actual = digest_of(answer.body)
        for said in (answer.header("docker-content-digest"), reference):
            if DIGEST.fullmatch(said) and said != actual:
                raise nonsense(answer, what, f"the content of {said} has the digest {actual}")
        return answer

    def _get(
        self, url: str, repository: str, most: int, deadline: Deadline, headers: tuple[tuple[str, str], ...] = ()
    ) -> Answer:
        call = Call(url=url, headers=headers, max_bytes=most, redirects=MAX_REDIRECTS)
        return self._session.send(call, repository, deadline)

    def _url(self, path: str, deadline: Deadline) -> str:
        return f"{self._session.home(deadline).url}{path}"

    def _what(self, doing: str, repository: str, reference: str = "") -> str:
        """What is being done, for messages; raises InvalidReferenceError for what cannot stand in a path."""
        name = f"{self._session.access.host}/{repository}"
        check_name(name)
        if reference.startswith("sha256:"):
            ImageRef(name, "x", reference).check()
        elif reference:
            ImageRef(name, reference).check()
        return printable(f"{doing} {name}" + (f" {reference}" if reference else ""))

    def _refused(self, answer: Answer, what: str) -> Refused:
        return refused(answer, what, self._session.access.note)
