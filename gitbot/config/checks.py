"""What must hold across the fields of an image, a policy, an automation, and between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gitbot.config.access import auth_mistakes, proxy_mistakes, repository_mistakes
from gitbot.config.automation import Automation, Push
from gitbot.config.document import Path, key_path
from gitbot.config.mistakes import Mistake, closest
from gitbot.config.models import Config
from gitbot.config.policy import ImageRepository, Policy
from gitbot.config.refs import parse_refspec
from gitbot.config.repository import Ref
from gitbot.config.selector import faults
from gitbot.config.templates import missing_template
from gitbot.printable import printable

SECTIONS = ("repositories", "images", "policies", "automations")
_CHECKED_OUT = {"tag": "a tag", "semver": "a tag", "commit": "a commit", "name": "a ref that is no branch"}
_KIND = {"repositories": "repository", "images": "image", "policies": "policy", "automations": "automation"}


@dataclass(frozen=True, slots=True)
class Written:
    """What stands in the file, also where it is wrong: per section, the places of each `namespace/name`."""

    names: Mapping[str, Mapping[str, Sequence[Path]]]

    @classmethod
    def of(cls, tree: Any) -> Written:
        """Collect the names from the raw values."""
        names: dict[str, dict[str, list[Path]]] = {section: {} for section in SECTIONS}
        for section in SECTIONS:
            for path, item in _raw_items(tree, section):
                if isinstance(item.get("name"), str):
                    key = f"{item.get('namespace') or 'default'}/{item['name']}"
                    names[section].setdefault(key, []).append(path)
        return cls(names)

    def duplicates(self) -> Iterator[Mistake]:
        """Every name that is taken already in its section and namespace."""
        for section, names in self.names.items():
            for key, (first, *others) in names.items():
                for path in others:
                    text = f"the {_KIND[section]} {key} is there already: {key_path(first)}"
                    yield Mistake((*path, "name"), text)

    def unknown(self, tree: Any) -> Iterator[Mistake]:
        """Every reference to a repository or image that is not there."""
        for path, item in _raw_items(tree, "automations"):
            yield from self._find("repositories", item, (*path, "sourceRef"))
        for path, item in _raw_items(tree, "policies"):
            yield from self._find("images", item, (*path, "imageRepositoryRef"))

    def _find(self, section: str, item: Mapping[str, Any], path: Path) -> Iterator[Mistake]:
        ref = item.get(str(path[-1]))
        if not isinstance(ref, Mapping) or not isinstance(ref.get("name"), str):
            return
        known = self.names[section]
        key = f"{ref.get('namespace') or item.get('namespace') or 'default'}/{ref['name']}"
        if key not in known:
            # The name alone is compared: a right name in another namespace is the most likely one.
            keys = {name.partition("/")[2]: name for name in sorted(known, reverse=True)}
            near = closest(ref["name"], keys)
            listed = f"did you mean {keys[near]}?" if near else f"known: {', '.join(sorted(known)) or 'none'}"
            yield Mistake(path, printable(f"there is no {_KIND[section]} {key}; {listed}"))


def _raw_items(tree: Any, section: str) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    items = tree.get(section) if isinstance(tree, Mapping) else None
    for index, item in enumerate(items if isinstance(items, list) else []):
        if isinstance(item, Mapping):
            yield (section, index), item


def check(config: Config, positions: Mapping[str, Sequence[int]]) -> Iterator[Mistake]:
    """Everything that is wrong across fields; `positions` says where in its section each item was written."""
    yield from _options(config)
    for index, repository in zip(positions["repositories"], config.repositories, strict=True):
        yield from repository_mistakes(("repositories", index), repository, config.git.allow_protocols)
    for index, image in zip(positions["images"], config.images, strict=True):
        yield from _image(("images", index), image)
    for index, policy in zip(positions["policies"], config.policies, strict=True):
        yield from _policy(("policies", index), policy)
    for index, automation in zip(positions["automations"], config.automations, strict=True):
        yield from _automation(("automations", index), automation, config)


def _options(config: Config) -> Iterator[Mistake]:
    known = {repository.key for repository in config.repositories}
    for index, item in enumerate(config.include):
        if not isinstance(item, str) and item.key not in known:
            yield Mistake(("include", index, "repository"), f"there is no repository {item.key}")
    if config.results_from.count("-") > 1:
        yield Mistake(("resultsFrom",), "standard input (-) can be read only once")
    if config.service.min_retry_delay > config.service.max_retry_delay:
        yield Mistake(("service", "minRetryDelay"), "is longer than maxRetryDelay")


def _image(path: Path, image: ImageRepository) -> Iterator[Mistake]:
    if image.auth.identity is not None or image.auth.known_hosts is not None:
        yield Mistake((*path, "auth"), "a registry is not reached over SSH; give username and password, or token")
    yield from auth_mistakes((*path, "auth"), image.auth)
    yield from proxy_mistakes((*path, "proxy"), image.proxy)


def _policy(path: Path, policy: Policy) -> Iterator[Mistake]:
    ref = policy.image_repository_ref
    if policy.image is not None and ref is not None:
        yield Mistake((*path, "imageRepositoryRef"), "stands beside image; give one of them")
    if policy.image is None and ref is None:
        yield Mistake(path, "has neither image nor imageRepositoryRef")
    always = policy.digest_reflection_policy == "Always"
    if always and policy.interval is None:
        yield Mistake((*path, "digestReflectionPolicy"), "Always wants an interval")
    if policy.interval is not None and not always:
        yield Mistake((*path, "interval"), "is taken only with digestReflectionPolicy: Always")


def _automation(path: Path, automation: Automation, config: Config) -> Iterator[Mistake]:
    source = f"{automation.source_ref.namespace or automation.namespace}/{automation.source_ref.name}"
    commit, commit_path = automation.git.commit, (*path, "git", "commit")
    if commit.message_template is not None and commit.message_template_file is not None:
        yield Mistake((*commit_path, "messageTemplateFile"), "stands beside messageTemplate; give one of them")
    if complaint := missing_template(config.base, automation):
        yield Mistake((*commit_path, "messageTemplateFile"), complaint)
    for index, fault in faults(automation.policy_selector):
        yield Mistake((*path, "policySelector", "matchExpressions", index, "values"), fault)
    known = {repository.key: repository for repository in config.repositories}
    checkout = automation.git.checkout
    ref = checkout.ref if checkout is not None else known[source].ref if source in known else None
    if ref is not None:
        yield from _push((*path, "git", "push"), automation.git.push, ref)


def _push(path: Path, push: Push, ref: Ref) -> Iterator[Mistake]:
    branch = push.branch or ref.checkout_branch
    if branch is None and ref.kind != "default":
        yield Mistake(
            (*path, "branch"), f"is needed: {_CHECKED_OUT[ref.kind]} is checked out, and nothing is pushed to that"
        )
    seen: dict[str, str] = {f"refs/heads/{branch}": "it is the branch"} if branch is not None else {}
    for text in push.refspec:
        target = parse_refspec(text).target
        if target in seen:
            yield Mistake((*path, "refspec"), f"{target} is pushed already ({seen[target]}); take it out")
        seen.setdefault(target, f"by {text!r}")
