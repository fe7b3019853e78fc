"""Which commit an automation starts from: the checkout ref of its configuration, against what the remote has."""

from __future__ import annotations

from dataclasses import dataclass

from gitbot.config.refs import check_refname
from gitbot.config.repository import Ref
from gitbot.git.failures import NoSuchRefError
from gitbot.printable import printable
from gitbot.source.session import Session, full_branch


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """Where the work starts: a full ref ("" for a commit by name), its commit, and the branch when it is one."""

    ref: str
    commit: str
    branch: str = ""

    @property
    def revision(self) -> str:
        """`main@sha1:…` as Flux writes it: the short name of the ref, then the commit."""
        name = self.ref.removeprefix("refs/heads/").removeprefix("refs/tags/")
        return f"{name}@sha1:{self.commit}" if name else f"sha1:{self.commit}"


def wanted_ref(ref: Ref) -> str:
    """The full ref that can be asked for without knowing the remote; "" where the remote or nothing decides."""
    known = {
        "name": ref.name or "",
        "tag": f"refs/tags/{ref.tag}",
        "branch": full_branch(ref.branch or ""),
        "default": "HEAD",
    }
    return known.get(ref.kind, "")


def find(session: Session, ref: Ref) -> Checkout:
    """The checkout ref of the configuration as the remote has it now; raises NoSuchRefError when it is not there."""
    if ref.kind == "commit":
        return Checkout(ref="", commit=ref.commit or "")
    full = _semver_tag(session, ref.semver or "") if ref.kind == "semver" else wanted_ref(ref)
    if ref.kind == "default":
        full = session.default_branch()
    _check_foreign(session, full)
    commit = session.tags()[full.removeprefix("refs/tags/")] if ref.kind == "semver" else session.observe([full])[full]
    if not commit:
        raise NoSuchRefError(
            f"{session.remote.name} has no {printable(full)}",
            hint="check `ref` of the repository, or `git.checkout.ref` of the automation",
            reason="GitOperationFailed",
        )
    branch = full.removeprefix("refs/heads/") if full.startswith("refs/heads/") else ""
    return Checkout(ref=full, commit=commit, branch=branch)


def bring(session: Session, checkout: Checkout) -> Checkout:
    """The checkout with its commit in the cache; of a moving ref that may be a newer commit than was observed."""
    if not checkout.ref:
        return Checkout(ref="", commit=session.bring_commit(checkout.commit))
    commit = session.bring(checkout.ref, checkout.commit)
    return Checkout(ref=checkout.ref, commit=commit, branch=checkout.branch)


def _check_foreign(session: Session, full: str) -> None:
    """Refuse a ref name that git would not make itself: the server may advertise anything, and we write names into refspecs."""
    try:
        check_refname(full)
    except ValueError as error:
        raise NoSuchRefError(
            f"{session.remote.name} names a ref that cannot be used: {error}", reason="GitOperationFailed"
        ) from None


def _semver_tag(session: Session, text: str) -> str:
    """The highest tag in a range, as Flux's GitRepository elects it (Masterminds' grammar)."""
    from gitbot.policies import semver

    tag = semver.latest(sorted(session.tags()), semver.parse_range(text))
    if tag is None:
        raise NoSuchRefError(
            f"{session.remote.name} has no tag in the range {printable(text)!r}",
            hint="check `ref.semver`; prereleases need a range with a prerelease, such as >=1.0.0-0",
            reason="GitOperationFailed",
        )
    return f"refs/tags/{tag}"
