"""What the new commit stands on, and what the push branch must look like when it is pushed."""

from __future__ import annotations

from dataclasses import dataclass

from gitbot.source.checkout import Checkout
from gitbot.source.session import Session, full_branch


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """The commit to plan on, the push branch and where it stands now ("" when it does not exist).

    `refreshing`: the branch has commits of ours only, which the new commit replaces. `on_top`: it keeps what is on it.
    """

    commit: str
    ref: str
    expected: str
    refreshing: bool = False
    on_top: bool = False


@dataclass(frozen=True, slots=True)
class Us:
    """How our own commits are told from a person's: the committer, and the head we recorded.

    `alone`: no other automation pushes to the branch. The commits of one that does look like ours and must stay.
    """

    name: str
    email: str
    head: str
    alone: bool = True

    def left(self, head: str) -> bool:
        """Whether a branch stands where we left it, as far as we remember: else another gitbot's edits are on it."""
        return self.head in {"", head}

    def made(self, commit: tuple[str, str, str]) -> bool:
        """Whether this `(commit, committer name, email)` is ours."""
        return commit[0] == self.head or (commit[1], commit[2]) == (self.name, self.email)


def choose(session: Session, checkout: Checkout, branch: str, us: Us, *, on_top: bool = False) -> Base:
    """Where the commit goes (design: same branch; new branch; refresh ours; on top of a person's or where told so).

    Guarantees that a commit which is not ours is never replaced: it is either contained in the base or built upon.
    """
    ref = full_branch(branch)
    if ref == checkout.ref:
        return Base(commit=checkout.commit, ref=ref, expected=checkout.commit)
    expected = session.observe([ref])[ref]
    if not expected:
        return Base(commit=checkout.commit, ref=ref, expected="")
    if on_top:
        return _on_top(session, ref, expected)
    return _other(session, checkout, ref, expected, us)


def _other(session: Session, checkout: Checkout, ref: str, expected: str, us: Us) -> Base:
    """A push branch that exists: ours alone is refreshed, anything else is built upon."""
    if expected == checkout.commit:
        return Base(commit=checkout.commit, ref=ref, expected=expected)
    if not checkout.ref:  # a commit by name: no ref of the server's says what the branch has beyond it
        return _on_top(session, ref, expected)
    head = session.bring(ref, expected)
    own = session.own_commits(ref, head, checkout.ref)
    if not own:  # merged: the checkout ref holds all of it
        return Base(commit=checkout.commit, ref=ref, expected=head)
    if us.alone and us.left(head) and all(us.made(commit) for commit in own):
        return Base(commit=checkout.commit, ref=ref, expected=head, refreshing=True)
    return _on_top(session, ref, head)


def only_ours(session: Session, checkout: Checkout, ref: str, head: str, us: Us) -> bool:
    """Whether all that a ref has beyond the checkout was made by us, so that moving the ref back loses nobody's work."""
    if not checkout.ref:
        return False
    head = session.bring(ref, head)
    return all(us.made(commit) for commit in session.own_commits(ref, head, checkout.ref))


def _on_top(session: Session, ref: str, expected: str) -> Base:
    head = session.bring(ref, expected)
    return Base(commit=head, ref=ref, expected=head, on_top=True)


def same_edits(session: Session, base: Base, writes: dict[str, bytes]) -> bool:
    """Whether the branch holds exactly these edits already, in one commit of ours: then it is left as it is."""
    session.bring_with_parent(base.ref)
    parents = session.bare.parents(base.expected)
    if len(parents) != 1 or not session.bare.has(parents[0]):
        return False
    entries = {
        entry.path.decode("utf-8", "replace"): entry.oid
        for entry in session.bare.changed(parents[0], base.expected, ())
    }
    if set(entries) != set(writes):
        return False
    found = session.bare.blobs(oid.encode() for oid in entries.values())
    return all(content == writes[path] for path, (_, content) in zip(entries, found, strict=True))
