"""Flux's objects as items of the configuration's sections, with Flux's meaning and Flux's defaults."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gitbot.config.aside import Trouble
from gitbot.config.manifest_fields import uses
from gitbot.config.manifest_secrets import Held, SecretError, certificates, docker_config, git_auth, held, proxy
from gitbot.config.manifests import Manifest, mapping
from gitbot.config.urls import scheme_of
from gitbot.errors import GitbotError
from gitbot.image import ImageRef

SECTION = {
    "GitRepository": "repositories",
    "ImageRepository": "images",
    "ImagePolicy": "policies",
    "ImageUpdateAutomation": "automations",
}
# What Flux writes when an automation has no template; the same text as message.render.DEFAULT_MESSAGE.
DEFAULT_MESSAGE = "Update from image update automation"
_BRANCH = "master"
_KINDS = ("semver", "alphabetical", "numerical")  # Flux takes the first of them
_NO_GIT = "source kind 'GitRepository' necessitates field .spec.git: invalid source configuration"
_DENIED = "AccessDenied"
_SOURCE = "SourceManagerFailed"
_INVALID = "InvalidSourceConfiguration"
_NAMESPACE = "kubernetes.io/metadata.name"


@dataclass(slots=True)
class Item:
    """An object as an item of its section; `troubles` by the key of the item they are about ("" for all of it)."""

    manifest: Manifest
    section: str
    value: dict[str, Any]
    troubles: dict[str, Trouble] = field(default_factory=dict)
    latest: ImageRef | None = None


class Translator:
    """Turns objects into items; it knows the Secrets and the image repositories among them."""

    def __init__(self, manifests: Iterable[Manifest], *, use_latest: bool = True) -> None:
        known = list(manifests)
        self._use_latest = use_latest
        self._secrets = {one.key: held(one) for one in known if one.kind == "Secret"}
        self._images = {one.key: one for one in known if one.kind == "ImageRepository"}

    def item(self, manifest: Manifest) -> Item:
        """One item for one object that is no Secret."""
        value = {"name": manifest.name, "namespace": manifest.namespace}
        item = Item(manifest, SECTION[manifest.kind], value)
        spec = _known_part(manifest)
        {
            "GitRepository": self._repository,
            "ImageRepository": self._image,
            "ImagePolicy": self._policy,
            "ImageUpdateAutomation": self._automation,
        }[manifest.kind](item, spec)
        return item

    def _repository(self, item: Item, spec: dict[str, Any]) -> None:
        _copy(item, spec, "url", "timeout", "provider")
        item.value["ref"] = _with_branch(spec.get("ref"))
        url = spec.get("url")
        scheme = scheme_of(url) if isinstance(url, str) else "https"
        if (secret := self._secret(item, spec, "secretRef", "auth")) is not None:
            _put(item, "auth", lambda: git_auth(secret, scheme))
        self._proxy(item, spec)

    def _image(self, item: Item, spec: dict[str, Any]) -> None:
        _copy(item, spec, "image", "interval", "timeout", "provider", "insecure", "suspend", "exclusionList")
        if spec.get("interval") in {"0s", "0ms", "0m", "0h"}:
            item.value["interval"] = "1ms"  # at every run
        generic = spec.get("provider", "generic") == "generic"
        if generic and (secret := self._secret(item, spec, "secretRef", "dockerConfig")) is not None:
            _put(item, "dockerConfig", lambda: docker_config(secret))
        if (secret := self._secret(item, spec, "certSecretRef", "auth")) is not None:
            _put(item, "auth", lambda: certificates(secret))
        self._proxy(item, spec)

    def _proxy(self, item: Item, spec: dict[str, Any]) -> None:
        if (secret := self._secret(item, spec, "proxySecretRef", "proxy")) is not None:
            _put(item, "proxy", lambda: proxy(secret))

    def _secret(self, item: Item, spec: Mapping[str, Any], ref: str, key: str) -> Held | None:
        """The Secret a field names; what is wrong with it is the trouble of the item's key that it would fill."""
        if ref not in spec:
            return None
        full = f"{item.manifest.namespace}/{mapping(spec[ref]).get('name') or ''}"
        found = self._secrets.get(full)
        if found is not None and not found.broken:
            return found
        why = found.broken if found is not None else "is not among the manifests"
        own = f"; or give {key} in the configuration, in an item with override: true"
        item.troubles[key] = Trouble(f"{ref}: Secret {full} {why}{own}", _SOURCE)
        return None

    def _policy(self, item: Item, spec: dict[str, Any]) -> None:
        _copy(item, spec, "imageRepositoryRef", "filterTags", "digestReflectionPolicy", "interval", "suspend")
        labels = mapping(item.manifest.metadata.get("labels"))
        item.value["labels"] = {str(key): str(value) for key, value in labels.items()}
        if "policy" in spec:
            item.value["policy"] = _choice(spec["policy"])
        if self._use_latest and not item.manifest.repository:
            self._latest(item)
        self._access(item, mapping(spec.get("imageRepositoryRef")))

    def _latest(self, item: Item) -> None:
        """What the object's status says is elected; also a suspended or failing policy's last one counts, as in Flux."""
        item.latest = _latest_of(mapping(item.manifest.value.get("status")))
        if item.latest is None:
            return
        item.value.pop("suspend", None)
        ref = mapping(item.value.get("imageRepositoryRef"))
        if f"{ref.get('namespace') or item.manifest.namespace}/{ref.get('name')}" not in self._images:
            item.value.pop("imageRepositoryRef", None)
            item.value["image"] = item.latest.name

    def _access(self, item: Item, ref: Mapping[str, Any]) -> None:
        """Another namespace's image repository has to let this one in, as in Flux."""
        namespace = ref.get("namespace") or item.manifest.namespace
        image = self._images.get(f"{namespace}/{ref.get('name')}")
        if image is None or namespace == item.manifest.namespace or item.latest is not None:
            return
        selectors = mapping(image.spec.get("accessFrom")).get("namespaceSelectors")
        for selector in selectors if isinstance(selectors, list) else []:
            wanted = mapping(mapping(selector).get("matchLabels"))
            if (
                set(wanted) <= {_NAMESPACE}
                and wanted.get(_NAMESPACE, item.manifest.namespace) == item.manifest.namespace
            ):
                return
        text = f"{image.shown} does not let namespace {item.manifest.namespace} in (accessFrom)"
        item.troubles["imageRepositoryRef"] = Trouble(text, _DENIED)

    def _automation(self, item: Item, spec: dict[str, Any]) -> None:
        _copy(item, spec, "interval", "policySelector", "update", "suspend")
        source = {key: value for key, value in mapping(spec.get("sourceRef")).items() if key != "apiVersion"}
        if "sourceRef" in spec:
            item.value["sourceRef"] = source
        if "git" not in spec:
            item.troubles["git"] = Trouble(_NO_GIT, _INVALID)
            item.value["git"] = {"commit": {"author": {"email": "nobody@invalid"}}}
            return
        item.value["git"] = _git(mapping(spec["git"]))


def _git(git: Mapping[str, Any]) -> dict[str, Any]:
    commit = {**mapping(git.get("commit"))}
    template = commit.get("messageTemplate") or DEFAULT_MESSAGE
    made: dict[str, Any] = {"commit": commit | {"messageTemplate": template, "messageTemplateEngine": "go"}}
    if isinstance(key := commit.get("signingKey"), Mapping) and not key.get("type", "gpg"):
        made["commit"]["signingKey"] = {**key, "type": "gpg"}
    if "checkout" in git:
        made["checkout"] = {"ref": _with_branch(mapping(git["checkout"]).get("ref"))}
    push = {key: value for key, value in mapping(git.get("push")).items() if value not in ("", {})}
    return made | ({"push": push} if push else {})


def _with_branch(ref: Any) -> Any:
    """A ref that says nothing means the branch master, as in Flux."""
    found = {key: value for key, value in mapping(ref).items() if value != ""}
    return found or {"branch": _BRANCH}


def _choice(policy: Any) -> Any:
    if not isinstance(policy, Mapping):
        return policy
    for kind in _KINDS:
        if kind in policy:
            ordering = {**mapping(policy[kind])}
            order = ordering.pop("order", "")
            return {kind: ordering | ({"order": order.lower()} if isinstance(order, str) and order else {})}
    return {}


def _latest_of(status: Mapping[str, Any]) -> ImageRef | None:
    latest = status.get("latestRef") or status.get("latestImage")
    try:
        if isinstance(latest, str):
            return ImageRef.parse(latest)
        parts = [mapping(latest).get(key) or "" for key in ("name", "tag", "digest")]
        if not latest or not all(isinstance(part, str) for part in parts):
            return None
        found = ImageRef(*parts)
        found.check()
    except GitbotError:
        return None
    return found


def _copy(item: Item, spec: Mapping[str, Any], *keys: str) -> None:
    item.value |= {key: spec[key] for key in keys if key in spec}


def _put(item: Item, key: str, make: Any) -> None:
    """Set a key of the item; a Secret that cannot serve is the trouble of that key."""
    try:
        value = make()
    except SecretError as error:
        item.troubles[key] = Trouble(str(error), _SOURCE)
        return
    if value:
        item.value[key] = value


def _known_part(manifest: Manifest) -> dict[str, Any]:
    """The spec without the fields that Flux does not have: as the API server does, they are passed over."""
    spec: dict[str, Any] = pruned(manifest.spec)
    for use in list(uses(manifest.kind, spec)):
        if use.row is None:
            below: Any = spec
            for part in use.path[:-1]:
                below = below[part]
            del below[use.path[-1]]
    return spec


def pruned(value: Any) -> Any:
    """The value without keys that hold nothing: in YAML they are the same as absent."""
    if isinstance(value, Mapping):
        return {key: pruned(item) for key, item in value.items() if item is not None}
    return [pruned(item) for item in value] if isinstance(value, list) else value
