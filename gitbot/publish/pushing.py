"""The two ways a finished commit is published: pushed for real, or described only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gitbot.publish.push import Moved, Published, Target
    from gitbot.source.session import Session


class Pushing:
    """Push to the server."""

    dry = False

    def publish(
        self, session: Session, commit: str, targets: Sequence[Target], options: Mapping[str, str]
    ) -> Published | Moved:
        """Push the commit to every target."""
        from gitbot.publish.push import push

        return push(session.remote, commit, targets, options)


class DryRun:
    """Change nothing: the commit stays in the cache, where nothing refers to it."""

    dry = True

    def publish(
        self,
        session: Session,  # noqa: ARG002 - the same shape as Pushing
        commit: str,
        targets: Sequence[Target],  # noqa: ARG002
        options: Mapping[str, str],  # noqa: ARG002
    ) -> Published | Moved:
        """Say that all is well."""
        from gitbot.publish.push import Published

        return Published(commit)
