"""What the user writes of a Git repository: where it is, which ref, and how to get in (GitRepository in Flux)."""

import os.path
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from gitbot.config.fields import Duration, Line, Name, Namespace, Override, SecretSource, Spec
from gitbot.config.refs import check_branch, check_commit, check_refname, check_tag
from gitbot.config.urls import check_url, scheme_of


class Ref(Spec):
    """What is checked out. Of several, the first of commit, name, tag, semver, branch counts (Flux's order)."""

    branch: Annotated[str, AfterValidator(check_branch)] | None = Field(default=None, description="A branch.")
    tag: Annotated[str, AfterValidator(check_tag)] | None = Field(default=None, description="A tag.")
    semver: Line | None = Field(default=None, description="The highest tag in this range of semantic versions.")
    name: Annotated[str, AfterValidator(check_refname)] | None = Field(
        default=None, description="A full ref: refs/heads/main."
    )
    commit: Annotated[str, AfterValidator(check_commit)] | None = Field(
        default=None, description="A commit (40 hex digits)."
    )

    @property
    def kind(self) -> Literal["commit", "name", "tag", "semver", "branch", "default"]:
        """The field that counts; `default` when none is given: the remote's HEAD."""
        if self.commit is not None:
            return "commit"
        if self.name is not None:
            return "name"
        if self.tag is not None:
            return "tag"
        if self.semver is not None:
            return "semver"
        return "branch" if self.branch is not None else "default"

    @property
    def checkout_branch(self) -> str | None:
        """The branch this checks out when it is known to be one; None for a tag, a commit, and the remote's HEAD."""
        if self.kind == "branch":
            return self.branch
        if self.kind == "name" and self.name is not None and self.name.startswith("refs/heads/"):
            return self.name.removeprefix("refs/heads/")
        return None


class Auth(Spec):
    """How to get in: user and password or a token over HTTPS, a key over SSH, certificates."""

    username: Line | None = Field(default=None, description="User name for HTTPS.")
    password: SecretSource | None = Field(
        default=None, description="Password or access token that goes with the user name."
    )
    token: SecretSource | None = Field(
        default=None, description="Bearer token for HTTPS, instead of user name and password."
    )
    identity: SecretSource | None = Field(default=None, description="Private key for SSH.")
    known_hosts: SecretSource | None = Field(default=None, description="Host keys for SSH, as in ~/.ssh/known_hosts.")
    passphrase: SecretSource | None = Field(default=None, description="Passphrase of the private key for SSH.")
    ca: SecretSource | None = Field(default=None, description="PEM certificates trusted beside the system's.")
    cert: SecretSource | None = Field(default=None, description="PEM certificate of this client.")
    key: SecretSource | None = Field(default=None, description="PEM key of this client's certificate.")


def _proxy_address(text: str) -> str:
    if scheme_of(text) not in {"http", "https", "socks5"} or "@" in text:
        raise ValueError("want http://, https:// or socks5:// and a host, without user name or password")
    return text


class Proxy(Spec):
    """The proxy to go through; instead of, not beside, what the environment says."""

    address: Annotated[Line, AfterValidator(_proxy_address)] = Field(
        description="http://, https:// or socks5:// address."
    )
    username: Line | None = Field(default=None, description="User name at the proxy.")
    password: SecretSource | None = Field(default=None, description="Password at the proxy.")


class Repository(Spec):
    """A Git repository that automations update."""

    name: Name = Field(description="Its name, for sourceRef.")
    namespace: Namespace = Field(default="default", description="Its namespace.")
    url: Annotated[str, AfterValidator(check_url)] = Field(
        description="https://…, ssh://… or git@host:path; a local path where git.allowProtocols has file.",
    )
    ref: Ref = Field(default_factory=Ref, description="What is checked out; the remote's HEAD when nothing is given.")
    auth: Auth = Field(default_factory=Auth, description="How to get in.")
    timeout: Duration = Field(default=60.0, description="Deadline of one Git operation.")
    proxy: Proxy | None = Field(default=None, description="The proxy to go through.")
    provider: Literal["generic", "aws", "azure", "github"] = Field(
        default="generic",
        description="Whose identity is used. Others than generic are not available yet and stall the automations.",
    )

    override: Override = False

    @property
    def key(self) -> str:
        """`namespace/name`."""
        return f"{self.namespace}/{self.name}"

    @property
    def scheme(self) -> str:
        """`https`, `ssh`, `http` or `file`: the protocol that git.allowProtocols must allow."""
        return scheme_of(self.url)

    def remote(self, base: Path) -> str:
        """Say what git is given: the URL as written; a local path made absolute from `base`."""
        if self.scheme != "file" or self.url.startswith("file:"):
            return self.url
        return os.path.normpath(base / self.url)
