"""What the user writes about gitbot itself: how git is driven, how the service behaves, what is read besides."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, Strict

from gitbot.config.automation import Author, tree_path
from gitbot.config.fields import Count, Duration, Line, Name, Namespace, Spec, not_empty


class GitOptions(Spec):
    """How git is driven, for every repository."""

    allow_protocols: Annotated[tuple[Literal["https", "ssh", "http", "file"], ...], AfterValidator(not_empty)] = Field(
        default=("https", "ssh"),
        description="Protocols a repository's URL may use: https, ssh, http, file.",
    )
    author: Author | None = Field(default=None, description="Who commits are by, where an automation does not say.")
    low_speed_limit: Count = Field(default=1000, description="Bytes a second below which a transfer is given up ...")
    low_speed_time: Duration = Field(default=30.0, description="... when it stays there for so long.")
    push_attempts: Count = Field(
        default=50, description="How often a push that lost a race is planned again and tried."
    )
    push_deadline: Duration = Field(default=120.0, description="How long it is tried altogether.")


class ServiceOptions(Spec):
    """How `gitbot serve` behaves."""

    address: Line = Field(default="127.0.0.1", description="Address of /healthz, /readyz and /metrics.")
    port: Annotated[int, Strict(), Field(ge=0, le=65535)] = Field(
        default=9300, description="Port of them; 0 takes a free one."
    )
    jitter: Annotated[float, Field(ge=0, le=1)] = Field(
        default=0.1, description="Part of an interval by which runs are spread."
    )
    concurrency: Count = Field(default=4, description="How many automations run at once.")
    min_retry_delay: Duration = Field(default=1.0, description="Wait after the first failure; doubled after each more.")
    max_retry_delay: Duration = Field(default=900.0, description="The longest wait after failures.")
    shutdown_deadline: Duration = Field(
        default=30.0, description="How long a run may take to reach a safe point when stopped."
    )


class Include(Spec):
    """Flux's policies, image repositories and automations of a repository, read from that repository itself."""

    repository: Name = Field(description="The repository: one of `repositories`, or an included GitRepository.")
    namespace: Namespace = Field(default="default", description="Its namespace.")
    path: Annotated[str, AfterValidator(tree_path)] = Field(
        default="", description="A folder or file in it; all of it."
    )

    @property
    def key(self) -> str:
        """`namespace/name` of the repository."""
        return f"{self.namespace}/{self.repository}"
