"""The own configuration and the objects of manifests put together: one tree of options, and where each item comes from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from gitbot.config.aside import Trouble
from gitbot.config.document import Path
from gitbot.config.manifest_fields import uses
from gitbot.config.manifest_items import Item, Translator
from gitbot.config.manifests import Manifest, mapping
from gitbot.config.mistakes import Mistake
from gitbot.errors import Problem, Severity
from gitbot.image import ImageRef
from gitbot.printable import printable

SECTIONS = ("repositories", "images", "policies", "automations")
_SEVERITY: Mapping[str, Severity] = {"cannot apply": "warning", "differently": "note"}
# What an image repository of a scanned repository may not say: each would send a credential where its author likes.
_CREDENTIALS = ("secretRef", "certSecretRef", "proxySecretRef", "serviceAccountName")


@dataclass(slots=True)
class Gathered:
    """The tree; of each place `(section, index)` the object it was made of; what is wrong and what is worth saying.

    `mistakes` are those of the own configuration, `fatal` those of manifests. `overridden`: objects that items of the own
    configuration change. `troubles` and `latest` are by section and key.
    """

    tree: dict[str, Any]
    origins: dict[Path, Item] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)
    fatal: list[Problem] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    refused: list[Problem] = field(default_factory=list)
    troubles: dict[tuple[str, str], Trouble] = field(default_factory=dict)
    latest: dict[str, ImageRef] = field(default_factory=dict)
    generations: dict[str, int] = field(default_factory=dict)


def gather(tree: Mapping[str, Any], manifests: Iterable[Manifest], *, more_to_come: bool = False) -> Gathered:
    """Add the objects to the sections of the tree; the tree itself stays as it is.

    An object with the name of an item is a mistake, unless the item says `override: true`: then the item's keys replace
    the object's. What a scanned repository says counts only where nobody else says anything. `more_to_come`: objects that
    an item may override are not all known yet.
    """
    found = Gathered(dict(tree))
    known = [one for one in manifests if _allowed(one, found)]
    translator = Translator(known, use_latest=tree.get("useLatestRef") is not False)
    merging = _Merging(found)
    used = _used(known, merging)
    for manifest in sorted(known, key=lambda one: bool(one.repository)):
        if manifest.kind == "Secret" or (manifest.kind == "GitRepository" and manifest.key not in used):
            continue
        merging.add(translator.item(manifest))
    found.problems += _notes(item.manifest for item in merging.added)
    if not more_to_come:
        found.mistakes += merging.idle()
    return found


def _allowed(manifest: Manifest, found: Gathered) -> bool:
    """Whether an object counts; of a scanned repository only few do, and a problem says so of each other."""
    why = _refusal(manifest) if manifest.repository else ""
    if why:
        found.refused.append(manifest.problem((), f"refused, as it comes from repository {manifest.repository}: {why}"))
    return not why


def _refusal(manifest: Manifest) -> str:
    if manifest.kind in {"Secret", "GitRepository"}:
        return f"a {manifest.kind} is taken from local manifests or the configuration alone"
    spec = manifest.spec
    if manifest.kind == "ImageRepository":
        given = [key for key in _CREDENTIALS if spec.get(key) is not None]
        if given or spec.get("provider", "generic") != "generic" or spec.get("insecure"):
            what = given[0] if given else "insecure" if spec.get("insecure") else "provider"
            return f"{what} would let it say where a credential goes; write the image in the configuration"
    if manifest.kind == "ImageUpdateAutomation":
        source = mapping(spec.get("sourceRef"))
        target = f"{source.get('namespace') or manifest.namespace}/{source.get('name')}"
        if target != manifest.repository:
            return f"it edits {printable(target, 300)}, and may edit its own repository only"
    return ""


def _used(manifests: Iterable[Manifest], merging: _Merging) -> set[str]:
    """The keys of the repositories that automations edit or that the configuration overrides or includes from."""
    used = {key for section, key in merging.own if section == "repositories"}
    for manifest in manifests:
        source = mapping(manifest.spec.get("sourceRef"))
        if manifest.kind == "ImageUpdateAutomation":
            used.add(f"{source.get('namespace') or manifest.namespace}/{source.get('name')}")
    return used | merging.named


class _Merging:
    """Adds items one after another, and knows which names are taken."""

    def __init__(self, found: Gathered) -> None:
        self._found = found
        self.added: list[Item] = []
        self.own: dict[tuple[str, str], int] = {}
        self.named: set[str] = set()
        self._overriding: set[tuple[str, str]] = set()
        self._taken: dict[tuple[str, str], Item] = {}
        for section in SECTIONS:
            items = found.tree.get(section)
            if items is None or isinstance(items, list):
                found.tree[section] = [_copied(item) for item in items or []]
                self._own(section)
        self._named()

    def _own(self, section: str) -> None:
        for index, item in enumerate(self._found.tree[section]):
            if not isinstance(item, dict) or not isinstance(item.get("name"), str):
                continue
            self.own.setdefault((section, f"{item.get('namespace') or 'default'}/{item['name']}"), index)

    def _named(self) -> None:
        """What automations of the own configuration and `include` name."""
        automations = self._found.tree.get("automations")
        for item in automations if isinstance(automations, list) else []:
            source = mapping(mapping(item).get("sourceRef"))
            namespace = source.get("namespace") or mapping(item).get("namespace") or "default"
            self.named.add(f"{namespace}/{source.get('name')}")
        include = self._found.tree.get("include")
        for item in include if isinstance(include, list) else []:
            self.named.add(f"{mapping(item).get('namespace') or 'default'}/{mapping(item).get('repository')}")

    def add(self, item: Item) -> None:
        """Add an item, or merge it with the one that overrides it."""
        at = (item.section, item.manifest.key)
        section = self._found.tree.get(item.section)
        if not isinstance(section, list):
            return  # the section itself is a mistake already
        if at in self.own:
            self._meet(item, self.own[at], section)
        elif at in self._taken:
            self._twice(item, self._taken[at])
        else:
            self._taken[at] = item
            self._found.origins[item.section, len(section)] = item
            section.append(item.value)
            self._keep(item)

    def _keep(self, item: Item) -> None:
        self.added.append(item)
        key = item.manifest.key
        # They may be there where gitbot runs: a warning.
        self._found.problems += [item.manifest.problem(("spec",), one.message) for one in item.troubles.values()]
        if item.troubles:
            self._found.troubles[item.section, key] = next(iter(item.troubles.values()))
        if item.latest is not None:
            self._found.latest[key.replace("/", ":", 1)] = item.latest
        generation = item.manifest.metadata.get("generation")
        if item.section == "automations" and isinstance(generation, int) and not item.manifest.repository:
            self._found.generations[key] = generation

    def _meet(self, item: Item, index: int, section: list[Any]) -> None:
        own = section[index]
        if own.get("override") is not True:
            self._clash(item, index)
        elif not item.manifest.repository:
            _merge(item, own)
            section[index] = item.value | own
            self._overriding.add((item.section, item.manifest.key))
            self._keep(item)

    def _clash(self, item: Item, index: int) -> None:
        where = item.manifest.problem((), "").place
        if item.manifest.repository:
            self._found.refused.append(item.manifest.problem((), "refused: the configuration has this name already"))
            return
        text = f"{item.manifest.shown} is in {where} too; override: true makes the keys given here replace those there"
        self._found.mistakes.append(Mistake((item.section, index, "name"), text))

    def _twice(self, item: Item, first: Item) -> None:
        text = f"is there already: {first.manifest.problem((), '').place}"
        if item.manifest.repository:
            self._found.refused.append(item.manifest.problem((), f"refused: it {text}"))
            return
        hint = "of overlays with patches include the built manifests: kustomize build … | gitbot … --include -"
        self._found.fatal.append(item.manifest.problem((), text, severity="error", hint=hint))

    def idle(self) -> Iterator[Mistake]:
        """Every item that overrides nothing."""
        for (section, key), index in self.own.items():
            if self._found.tree[section][index].get("override") is True and (section, key) not in self._overriding:
                text = f"no included manifest has {printable(key, 300)}: there is nothing to override"
                yield Mistake((section, index, "override"), text)


def _copied(item: Any) -> Any:
    return dict(item) if isinstance(item, dict) else item


def _merge(item: Item, own: Mapping[str, Any]) -> None:
    """Take out of the object what the own item says otherwise, and the troubles that come of it."""
    if "image" in own:
        item.value.pop("imageRepositoryRef", None)
    if "imageRepositoryRef" in own:
        item.value.pop("image", None)
    if {"policy", "image", "imageRepositoryRef"} & set(own):
        item.latest = None
    covered = {"auth": ("auth", "dockerConfig"), "dockerConfig": ("auth", "dockerConfig")}
    item.troubles = {
        key: trouble for key, trouble in item.troubles.items() if not set(covered.get(key, (key,))) & set(own)
    }


def _notes(manifests: Iterable[Manifest]) -> Iterator[Problem]:
    """What becomes of fields that are not simply honoured: once for each field of a kind, at the first object that has it."""
    first: dict[tuple[str, str], tuple[Manifest, Path, Severity, str]] = {}
    count: dict[tuple[str, str], int] = {}
    for manifest in manifests:
        for use in uses(manifest.kind, manifest.spec):
            if use.row is not None and use.row.how not in _SEVERITY:
                continue
            severity = _SEVERITY[use.row.how] if use.row else "warning"
            text = f"{use.row.how}: {use.row.note}" if use.row else "no field of this kind: it is passed over"
            at = (manifest.kind, use.name)
            first.setdefault(at, (manifest, ("spec", *use.path), severity, text))
            count[at] = count.get(at, 0) + 1
    for at, (manifest, path, severity, text) in first.items():
        more = f" (and {count[at] - 1} more of this kind)" if count[at] > 1 else ""
        shown = text if text.startswith(("cannot", "no field")) else f"honoured {text}"
        yield manifest.problem(path, shown + more, severity=severity, code="flux-field")
