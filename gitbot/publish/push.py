"""A push and how the server answered: landed, the branch has moved, or a refusal for good in the server's words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gitbot.errors import Refused
from gitbot.git.failures import words
from gitbot.git.remote import Remote
from gitbot.git.run import Finished
from gitbot.printable import printable

# What a server says when a ref moved under the push. Every other `[remote rejected]` is a decision, not a race.
_RACE = re.compile(r"cannot lock ref|failed to update ref|incorrect old value|atomic transaction failed", re.IGNORECASE)
_BEHIND = re.compile(r"\[rejected\] \((fetch first|non-fast-forward)\)")
_REWIND = re.compile(r"non-fast-forward|denynonfastforwards|denying non-fast-forward", re.IGNORECASE)
_STATUS = re.compile(r"([ +\-*!=])\t([^\t]*):([^\t:]*)\t(.*)")


class RewindRefusedError(Refused):
    """The server forbids moving the branch back (denyNonFastForwards, a protected branch): go on top of it instead."""


@dataclass(frozen=True, slots=True)
class Target:
    """One ref to push to.

    With a lease the ref must stand at `expected` ("" means: must not exist); without, git refuses whatever is not a
    fast-forward.
    """

    ref: str
    expected: str
    lease: bool = True


@dataclass(frozen=True, slots=True)
class Published:
    """The server has the commit, on every target."""

    commit: str


@dataclass(frozen=True, slots=True)
class Moved:
    """A target is not where it was observed: plan again on its new head. `said` is what the server said.

    `behind`: git itself refused every target in question, because it holds commits that the new one does not contain.
    """

    said: str
    behind: bool = False


def push(remote: Remote, commit: str, targets: Sequence[Target], options: Mapping[str, str]) -> Published | Moved:
    """Push one commit to every target at once where the server can; never by force beyond the lease.

    Raises Refused with the server's words, RewindRefusedError when only moving the branch back was refused, Unavailable
    when the connection failed (the commit may have landed: look before trying again).
    """
    finished = _push(remote, commit, targets, options, atomic=len(targets) > 1)
    statuses = _statuses(finished)
    if not statuses:
        if finished.ok:
            return Published(commit)
        raise remote.push_failed(finished)
    bad = [(ref, summary) for flag, ref, summary in statuses if flag == "!"]
    if not bad and finished.ok:
        return Published(commit)
    return _refusal(remote, bad, finished)


def _push(
    remote: Remote, commit: str, targets: Sequence[Target], options: Mapping[str, str], *, atomic: bool
) -> Finished:
    args = [f"--push-option={key}={value}" if value else f"--push-option={key}" for key, value in options.items()]
    args += ["--atomic"] if atomic else []
    # Never a `+` beside a lease: it would defeat the lease (git 2.39).
    args += [f"--force-with-lease={target.ref}:{target.expected}" for target in targets if target.lease]
    finished = remote.push([*args, *(f"{commit}:{target.ref}" for target in targets)])
    if atomic and not finished.ok and "does not support --atomic" in finished.err:
        return _push(remote, commit, targets, options, atomic=False)
    return finished


def _statuses(finished: Finished) -> list[tuple[str, str, str]]:
    """`(flag, ref, summary)` of each line of the porcelain answer."""
    matches = (_STATUS.fullmatch(line) for line in finished.out.decode("utf-8", "replace").splitlines())
    return [(match[1], match[3], match[4]) for match in matches if match]


def _refusal(remote: Remote, bad: Sequence[tuple[str, str]], finished: Finished) -> Moved:
    """Tell a lost race from a decision of the server's."""
    # With --atomic the refs that were fine fail too, as `(atomic push failed)`: the others say why.
    reasons = [(ref, summary) for ref, summary in bad if "atomic push fail" not in summary] or list(bad)
    if all(_is_race(summary) for _, summary in reasons) and reasons:
        said = "; ".join(f"{printable(ref)}: {printable(summary)}" for ref, summary in reasons)
        return Moved(said, behind=all(_BEHIND.fullmatch(summary) for _, summary in reasons))
    said = "; ".join(f"{printable(ref)}: {printable(summary)}" for ref, summary in reasons if not _is_race(summary))
    remote_words = words(finished.err) if "remote:" in finished.err else ""
    message = f"{remote.name} refused the push: {said or words(finished.err)}"
    kind = RewindRefusedError if any(_REWIND.search(summary) for _, summary in reasons) else Refused
    raise kind(
        f"{message} ({remote_words})" if remote_words else message,
        hint="the server decides who may push what: check the rights of the credential and the rules of the branch",
        reason="GitOperationFailed",
    )


def _is_race(summary: str) -> bool:
    if summary.startswith("[rejected]"):
        return True
    return summary.startswith("[remote rejected]") and bool(_RACE.search(summary))


def landed(remote_heads: Mapping[str, str], commit: str, targets: Sequence[Target]) -> bool:
    """Whether every target that can be asked for stands at the commit: the answer when a push lost its connection."""
    asked = [target.ref for target in targets if target.ref.startswith(("refs/heads/", "refs/tags/"))]
    return bool(asked) and all(remote_heads.get(ref) == commit for ref in asked)
