"""What the user writes of one automation: from which source, which policies, where to edit, how to commit and push."""

import posixpath
import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from gitbot.config.fields import (
    Duration,
    Flag,
    Labels,
    Line,
    Name,
    Namespace,
    Override,
    SecretSource,
    Spec,
    as_list,
    check_label_key,
    check_label_value,
    not_empty,
    one_line,
)
from gitbot.config.refs import check_branch, check_refspec
from gitbot.config.repository import Ref
from gitbot.printable import printable


def _identity(text: str) -> str:
    if re.search("[<>]", text):
        raise ValueError("'<' and '>' cannot be part of a commit's author")
    return one_line(text).strip()


def tree_path(text: str) -> str:
    """Relative to the repository's root, without `./` and `/` around it; "" is the root."""
    one_line(text)
    path = posixpath.normpath("./" + text.lstrip("/"))
    if path == ".." or path.startswith("../"):
        raise ValueError(f"{printable(text, 80)!r} leaves the repository")
    if ".git" in path.lower().split("/"):
        raise ValueError(f"{printable(text, 80)!r} is inside .git")
    return "" if path == "." else path


def _glob(text: str) -> str:
    one_line(text)
    if text.startswith(("!", ":")):
        raise ValueError(f"{printable(text, 80)!r}: a pattern begins neither with '!' nor with ':'")
    path = text.removeprefix("./").lstrip("/")
    if not path or ".." in path.split("/"):
        raise ValueError(f"{printable(text, 80)!r} is no pattern of paths inside the repository")
    return path


def _option(text: str) -> str:
    if "\n" in text or "\x00" in text:
        raise ValueError("a push option is one line")
    return text


def _option_key(text: str) -> str:
    if not text:
        raise ValueError("a push option has a name")
    return _option(text)


_OneOrList = WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]})
_Paths = Annotated[
    tuple[Annotated[str, AfterValidator(tree_path)], ...],
    AfterValidator(not_empty),
    BeforeValidator(as_list),
    _OneOrList,
]
_Refspecs = Annotated[tuple[Annotated[str, AfterValidator(check_refspec)], ...], BeforeValidator(as_list), _OneOrList]


class SourceRef(Spec):
    """Names the repository; `namespace` is the automation's unless given."""

    name: Name = Field(description="Its name.")
    namespace: Namespace | None = Field(default=None, description="Its namespace; the automation's unless given.")
    kind: Literal["GitRepository"] = Field(
        default="GitRepository", description="As in Flux; only Git repositories are updated."
    )
    api_version: Line | None = Field(default=None, description="As in Flux; not used.")


class Author(Spec):
    """Who a commit is by."""

    email: Annotated[str, Field(min_length=1), AfterValidator(_identity)] = Field(description="Mail address.")
    name: Annotated[str, AfterValidator(_identity)] = Field(default="", description="Name; may be empty.")


class LocalRef(Spec):
    """Names a Secret beside this object."""

    name: Name = Field(description="Its name.")


class SigningKey(Spec):
    """The key commits are signed with. Not available yet: it stalls the automation, which never pushes without."""

    type: Literal["gpg", "ssh"] = Field(default="gpg", description="Kind of key.")
    secret_ref: LocalRef | None = Field(default=None, description="The Secret that holds it, as in Flux.")
    key: SecretSource | None = Field(default=None, description="Where the private key is read.")
    passphrase: SecretSource | None = Field(default=None, description="Where its passphrase is read.")


class Commit(Spec):
    """How commits are made."""

    author: Author = Field(description="Who commits are by; git.author unless given.")
    committer: Author | None = Field(default=None, description="Who commits are committed by; the author unless given.")
    message_template: str | None = Field(default=None, description="The message's template, written here.")
    message_template_file: Line | None = Field(
        default=None,
        description="The message's template: a file beside this one, or a shipped template (default.j2 unless given).",
    )
    message_template_engine: Literal["jinja", "go"] | None = Field(
        default=None, description="Its language; go for a file that ends with .tmpl, else jinja, unless given."
    )
    message_template_values: Mapping[str, str] = Field(default={}, description="What the template sees as values.")
    signing_key: SigningKey | None = Field(
        default=None, description="The key commits are signed with. Not available yet."
    )


class Checkout(Spec):
    """What is checked out, instead of what the repository says."""

    ref: Ref = Field(description="The ref; replaces the repository's, is not merged with it.")


class Push(Spec):
    """Where commits go."""

    branch: Annotated[str, AfterValidator(check_branch)] | None = Field(
        default=None, description="The branch that is pushed; the one checked out unless given."
    )
    refspec: _Refspecs = Field(default=(), description="Pushed beside the branch: HEAD:refs/heads/NAME, one or a list.")
    options: Mapping[Annotated[str, AfterValidator(_option_key)], Annotated[str, AfterValidator(_option)]] = Field(
        default={}, description="Push options for the server."
    )


class AutomationGit(Spec):
    """Checkout, commit and push."""

    checkout: Checkout | None = Field(
        default=None, description="What is checked out, instead of what the repository says."
    )
    commit: Commit = Field(description="How commits are made.")
    push: Push = Field(default_factory=Push, description="Where commits go.")


class LabelRequirement(Spec):
    """One condition on a label."""

    key: Annotated[str, AfterValidator(check_label_key)] = Field(description="The label.")
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist"] = Field(description="The condition.")
    values: tuple[Annotated[str, AfterValidator(check_label_value)], ...] = Field(
        default=(), description="With In and NotIn: the values."
    )


class PolicySelector(Spec):
    """Conditions that all have to hold; none: every policy."""

    match_labels: Labels = Field(default={}, description="Labels and the value each must have.")
    match_expressions: tuple[LabelRequirement, ...] = Field(default=(), description="Conditions on labels.")


class Update(Spec):
    """Which files are edited."""

    strategy: Literal["Setters"] = Field(default="Setters", description="As in Flux; there is one strategy.")
    path: _Paths = Field(default=("",), description="Folders or files to edit, one or a list; the whole repository.")
    exclude: tuple[Annotated[str, AfterValidator(_glob)], ...] = Field(
        default=(), description="Patterns of paths, from the repository's root, that are left out."
    )


class Automation(Spec):
    """One job: edit the files of a repository to the images the policies elect, commit, push."""

    name: Name = Field(description="Its name.")
    namespace: Namespace = Field(default="default", description="Its namespace: it sees the policies of this one.")
    interval: Duration = Field(default=1800.0, description="How often the service runs it.")
    source_ref: SourceRef = Field(description="The repository it edits.")
    git: AutomationGit = Field(description="Checkout, commit and push.")
    policy_selector: PolicySelector = Field(
        default_factory=PolicySelector, description="Which policies it sees; all unless given."
    )
    update: Update = Field(default_factory=Update, description="Which files it edits.")
    suspend: Flag = Field(default=False, description="Whether it does not run for now.")
    override: Override = False

    @property
    def key(self) -> str:
        """`namespace/name`."""
        return f"{self.namespace}/{self.name}"
