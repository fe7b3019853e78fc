"""The election of `versionMetadata` policies: each document fetched once, remembered while it is good, never trusted blindly."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from gitbot.config.kinds import VersionMetadata as Spec
from gitbot.config.policy import Policy
from gitbot.errors import GitbotError
from gitbot.image import ImageRef
from gitbot.policies.chosen import metadata_options, older_of
from gitbot.policies.decision import Apply, Current, Decider, Decision, Hold, Keep, NotReady
from gitbot.policies.elected import Elected, objection
from gitbot.policies.guards_downgrade import no_downgrade
from gitbot.policies.memory import LastElected, Memory, keep_elected, last_elected
from gitbot.policies.office import Office
from gitbot.policies.sources import Sourced
from gitbot.policies.version_metadata import VersionMetadata, read
from gitbot.policies.version_metadata_document import version_in
from gitbot.policies.version_metadata_fetch import Kept, Looked, look_up

_KIND = "version-metadata"
MAX_BYTES = 1 << 20

# What elects the policies of one run: the policy, its image as written, and its spec.
Wanted = tuple[Policy, str, Spec]
Placed = tuple[Policy, Sourced, Spec]


def look_all_up(wanted: Iterable[Wanted], office: Office) -> dict[str, Looked]:
    """Fetch every address that policies name, once; remember what was good."""
    specs = [spec for _, _, spec in wanted if spec.url is not None]
    urls = [(str(spec.url), spec.cache_ttl) for spec in specs]
    kept = {url: found for url, _ in urls if (found := _kept(office.memory, url)) is not None and not office.force}

    def complaint(url: str, data: bytes) -> str:
        answers = (read(data, metadata_options(spec)) for spec in specs if spec.url == url)
        return next((answer for answer in answers if isinstance(answer, str)), "")

    timeout = max((spec.timeout for spec in specs), default=10.0)
    looked_up = look_up(urls, kept, office.now.timestamp(), office.fetch(timeout), complaint)
    for url, looked in looked_up.items():
        if looked.asked and looked.kept is not None:
            _keep(office.memory, url, looked.kept, office)
    return looked_up


def elect_by_metadata(
    wanted: Placed, looked: Mapping[str, Looked], office: Office, base: Path, version_text: Callable[[Spec], str]
) -> Elected:
    """Elect the image of one `versionMetadata` policy; never raises for what the document says.

    Raises GitbotError when a guard cannot ask the registry what it must know.
    """
    policy, sourced, spec = wanted
    image = sourced.source.image
    try:
        version = version_in(version_text(spec))
        data, reason = _document(spec, looked, base)
    except GitbotError as error:
        return Elected(key=policy.key, failure=error.message)
    if version is None:
        return Elected(key=policy.key, failure="the version to look up is none; want 1.30 or 1.30.2")
    options = metadata_options(spec)
    metadata = read(data, options) if data is not None else reason
    asked = VersionMetadata(image=image, version=version, options=options, metadata=metadata)
    memory_key = f"{policy.key} {asked.inputs}"
    last = last_elected(office.memory, memory_key)
    asked = VersionMetadata(
        image=image, version=version, options=options, metadata=metadata, known=last.image if last else None
    )
    if asked.good is not None and (last is None or last.image != asked.good):
        keep_elected(office.memory, memory_key, LastElected(asked.good), office.now)
    return _elected(policy, asked, last, lambda found: objection(policy, sourced, office, found))


def _elected(
    policy: Policy, asked: VersionMetadata, last: LastElected | None, guard: Callable[[ImageRef], str]
) -> Elected:
    kept, best = last.image if last else None, asked.decide(None)
    if isinstance(best, Keep | NotReady):
        return Elected(key=policy.key, failure=best.reason, last=kept)
    found = best.wanted if isinstance(best, Hold) else best.image
    if refused := guard(found):
        return Elected(key=policy.key, failure=f"the guards do not allow {found}: {refused}", last=kept)
    decider: Decider = asked if policy.downgrades else _Guarded(asked, policy)
    observed = ImageRef(found.name, found.tag, found.digest or asked.inputs)
    notes = (best.reason,) if isinstance(best, Hold) else best.notes
    return Elected(key=policy.key, image=found, decider=decider, observed=observed, warnings=notes)


class _Guarded:
    """A metadata policy that never replaces a newer version."""

    def __init__(self, asked: VersionMetadata, policy: Policy) -> None:
        self._asked = asked
        self._older = older_of(policy)

    def decide(self, current: Current | None) -> Decision:
        """Answer as the policy does, unless that would be a downgrade."""
        answer = self._asked.decide(current)
        if isinstance(answer, Apply) and current is not None and current.tag:
            verdict = no_downgrade(answer.image.tag, current.tag, self._older)
            if not verdict:
                return Keep(verdict.reason, "downgrade")
        return answer


def _document(spec: Spec, looked: Mapping[str, Looked], base: Path) -> tuple[bytes | None, str]:
    if spec.url is not None:
        found = looked[spec.url]
        return found.data, found.reason
    path = base / str(spec.file)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        return None, f"{path} cannot be read: {error.strerror}"
    return (data, "") if len(data) <= MAX_BYTES else (None, f"{path} is larger than {MAX_BYTES} bytes")


def _kept(memory: Memory, url: str) -> Kept | None:
    raw = memory.cache_get(_KIND, url)
    try:
        found = json.loads(raw) if raw else None
        return Kept(base64.b64decode(found["data"]), str(found["etag"]), float(found["at"])) if found else None
    except (KeyError, TypeError, ValueError):
        return None


def _keep(memory: Memory, url: str, kept: Kept, office: Office) -> None:
    document = {"data": base64.b64encode(kept.data).decode(), "etag": kept.etag, "at": kept.at}
    memory.cache_put(_KIND, url, json.dumps(document).encode(), now=office.now)
