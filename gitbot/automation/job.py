"""What one automation needs to run, as values: made by wiring, read by the run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from gitbot.config.models import Author, Automation, Ref
from gitbot.config.refs import parse_refspec
from gitbot.errors import GitbotError
from gitbot.git.access import Access
from gitbot.git.repository import Identity
from gitbot.image import ImageRef
from gitbot.policies.election import Elections
from gitbot.source.checkout import wanted_ref
from gitbot.source.session import full_branch
from gitbot.source.tree import Scope

if TYPE_CHECKING:
    from gitbot.message.render import Template
    from gitbot.publish.push import Moved, Published, Target
    from gitbot.source.session import Session
    from gitbot.state.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One automation with everything its configuration refers to, resolved; nothing here has touched the repository.

    `stalled` says why it must not run until its configuration changes; `broken` why it cannot run now. `shared_branch`:
    another automation pushes to the same branch.
    """

    automation: Automation
    access: Access
    ref: Ref
    elections: Elections
    config_digest: str
    template: Callable[[], Template]
    shared_branch: bool = False
    stalled: str = ""
    broken: GitbotError | None = None

    @property
    def key(self) -> str:
        """`namespace/name`."""
        return self.automation.key

    @property
    def observed(self) -> dict[str, ImageRef]:
        """The elected images by policy name, as Flux's `observedPolicies` has them: of the automation's own namespace."""
        prefix = f"{self.automation.namespace}:"
        elections = self.elections
        images = {**elections.kept, **elections.images, **elections.observed}
        return {key.removeprefix(prefix): image for key, image in images.items() if key.startswith(prefix)}

    @property
    def scope(self) -> Scope:
        """Which files it may change."""
        return Scope(self.automation.update.path, self.automation.update.exclude)

    @property
    def push_branch(self) -> str | None:
        """The branch the configuration names; None: the one that is checked out."""
        return self.automation.git.push.branch

    @property
    def refspec_targets(self) -> list[str]:
        """Full refs that get the new commit besides the push branch."""
        return [parse_refspec(text).target for text in self.automation.git.push.refspec]

    @property
    def known_refs(self) -> list[str]:
        """Every full ref of the server's that the configuration alone names: asked for once, for all automations."""
        branch = [full_branch(self.push_branch)] if self.push_branch else []
        return [ref for ref in (wanted_ref(self.ref), *branch, *self.refspec_targets) if ref]

    def identities(self, now: datetime) -> tuple[Identity, Identity]:
        """Author and committer of a commit made now."""
        commit = self.automation.git.commit
        when = int(now.timestamp())
        return _identity(commit.author, when), _identity(commit.committer or commit.author, when)


def _identity(author: Author, when: int) -> Identity:
    # git refuses an empty name; Flux allows one, so the address stands in for it.
    return Identity(name=author.name or author.email.partition("@")[0] or "gitbot", email=author.email, when=when)


class Publisher(Protocol):
    """The last step: push for real, or describe and change nothing."""

    dry: bool

    def publish(
        self, session: Session, commit: str, targets: Sequence[Target], options: Mapping[str, str]
    ) -> Published | Moved:
        """Bring the commit to its targets, or find that one of them has moved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """The edges of a run, chosen by wiring: where caches and state are, who publishes, what time it is, when to stop.

    `pause` waits between attempts (seconds, with jitter of its own); `stopping` is asked at safe points; `clock` is now.
    """

    cache_dir: Path
    store: Store
    publisher: Publisher
    clock: Callable[[], datetime]
    pause: Callable[[int], None]
    stopping: Callable[[], bool] = field(default=lambda: False)
    force: bool = False
    push_attempts: int = 50
    push_deadline_s: float = 120.0
