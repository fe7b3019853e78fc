"""The whole configuration as one frozen value, and the questions it answers about itself."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, PrivateAttr, model_validator

from gitbot.config.aside import Aside
from gitbot.config.automation import (
    Author,
    Automation,
    AutomationGit,
    Checkout,
    Commit,
    LabelRequirement,
    PolicySelector,
    Push,
    SigningKey,
    SourceRef,
    Update,
)
from gitbot.config.fields import Flag, Line, SecretSource, Spec
from gitbot.config.kinds import Fixed, PolicyChoice
from gitbot.config.options import GitOptions, Include, ServiceOptions
from gitbot.config.policy import FilterTags, ImageRepository, ObjectRef, Policy
from gitbot.config.repository import Auth, Proxy, Ref, Repository

__all__ = [
    "Auth",
    "Author",
    "Automation",
    "AutomationGit",
    "Checkout",
    "Commit",
    "Config",
    "FilterTags",
    "Fixed",
    "GitOptions",
    "ImageRepository",
    "Include",
    "LabelRequirement",
    "ObjectRef",
    "Policy",
    "PolicyChoice",
    "PolicySelector",
    "Proxy",
    "Push",
    "Ref",
    "Repository",
    "SecretSource",
    "ServiceOptions",
    "SigningKey",
    "SourceRef",
    "Update",
]


def _state_url(text: str) -> str:
    scheme, there, rest = text.partition("://")
    if not there or scheme not in {"sqlite", "postgresql", "postgres"}:
        raise ValueError("want sqlite:///PATH or postgresql://HOST/DATABASE")
    if ":" in rest.rpartition("@")[0] or "password=" in rest:
        raise ValueError(
            "the URL holds a password; take it out and give it in $PGPASSWORD or a file named by $PGPASSFILE"
        )
    return text


class Config(Spec):
    """Everything the user wrote. Made by `gitbot.config.load`, which also checks what spans several fields."""

    state: Annotated[Line, AfterValidator(_state_url)] | None = Field(
        default=None, description="URL of the state database: sqlite:////PATH or postgresql://…"
    )
    cache_dir: Path | None = Field(default=None, description="Folder of the cached repositories.")
    git: GitOptions = Field(default_factory=GitOptions, description="How git is driven.")
    repositories: tuple[Repository, ...] = Field(default=(), description="Git repositories (GitRepository in Flux).")
    images: tuple[ImageRepository, ...] = Field(
        default=(), description="Images whose tags are looked up (ImageRepository)."
    )
    policies: tuple[Policy, ...] = Field(default=(), description="Which image is wanted (ImagePolicy).")
    automations: tuple[Automation, ...] = Field(default=(), description="What is updated (ImageUpdateAutomation).")
    results_from: tuple[Line, ...] = Field(default=(), description="Files with elected images; - is standard input.")
    include: tuple[Line | Include, ...] = Field(
        default=(), description="Flux manifests: files, folders, patterns, - (standard input), a path of a repository."
    )
    use_latest_ref: Flag = Field(
        default=True, description="Whether what an included ImagePolicy's status.latestRef says is taken as elected."
    )
    service: ServiceOptions = Field(default_factory=ServiceOptions, description="How gitbot serve behaves.")
    _base: Path = PrivateAttr(default_factory=Path)
    _memo: dict[str, str] = PrivateAttr(default_factory=dict)
    _aside: Aside = PrivateAttr(default_factory=Aside)

    @model_validator(mode="before")
    @classmethod
    def _author_of_all(cls, value: Any) -> Any:
        """`git.author` is the author of every automation that names none."""
        git = value.get("git") if isinstance(value, Mapping) else None
        author = git.get("author") if isinstance(git, Mapping) else None
        automations = value.get("automations") if isinstance(value, Mapping) else None
        if author is None or not isinstance(automations, list | tuple):
            return value
        return {**value, "automations": [_with_author(item, author) for item in automations]}

    @property
    def base(self) -> Path:
        """The folder of the configuration file: relative paths start there."""
        return self._base

    @property
    def memo(self) -> dict[str, str]:
        """What is computed once of a configuration: the digests of its policies, by their keys."""
        return self._memo

    @property
    def aside(self) -> Aside:
        """What is known besides what is written here: what manifests bring along, and what fails alone."""
        return self._aside

    def at(self, base: Path, aside: Aside | None = None) -> Self:
        """Return the same configuration, read in this folder, with what is known besides."""
        copy = self.model_copy()
        copy._base = base  # noqa: SLF001 - its own class
        copy._aside = aside or self._aside  # noqa: SLF001 - its own class
        copy._memo = {}  # noqa: SLF001 - its own class
        return copy

    def same_as(self, other: "Config") -> bool:
        """Whether both say the same, whatever has been computed of them."""
        return self.__dict__ == other.__dict__ and (self.base, self.aside) == (other.base, other.aside)

    def repository_of(self, automation: Automation) -> Repository:
        """Find the repository an automation edits. Loading made sure that it exists."""
        namespace = automation.source_ref.namespace or automation.namespace
        key = f"{namespace}/{automation.source_ref.name}"
        return next(repository for repository in self.repositories if repository.key == key)

    def checkout_ref(self, automation: Automation) -> Ref:
        """Say what an automation checks out: its own ref instead of the repository's, never a mixture."""
        checkout = automation.git.checkout
        return checkout.ref if checkout is not None else self.repository_of(automation).ref

    def image_of(self, policy: Policy) -> str:
        """Name the image a policy is about, as written: its own, or that of the entry of `images` it names."""
        if policy.image is not None or policy.image_repository_ref is None:
            return policy.image or ""
        ref = policy.image_repository_ref
        key = f"{ref.namespace or policy.namespace}/{ref.name}"
        return next(image.image for image in self.images if image.key == key)

    def stalled_reason(self, automation: Automation) -> str:
        """Why an automation must not run until its configuration changes; "" when it may.

        What protects and cannot be honoured in this version stalls it: it never pushes without.
        """
        if automation.git.commit.signing_key is not None:
            return (
                "git.commit.signingKey is set, and this version cannot sign commits: "
                "nothing is pushed unsigned; take signingKey out to push unsigned commits"
            )
        provider = self.repository_of(automation).provider
        if provider != "generic":
            return (
                f"the repository's provider is {provider}, and this version has no such identity; use generic and auth"
            )
        return ""


def _with_author(item: Any, author: Any) -> Any:
    if not isinstance(item, Mapping):
        return item
    git = item.get("git", {})
    commit = git.get("commit", {}) if isinstance(git, Mapping) else None
    if not isinstance(commit, Mapping) or commit.get("author") is not None:
        return item
    return {**item, "git": {**git, "commit": {**commit, "author": author}}}
