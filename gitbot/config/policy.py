"""What the user writes of an image and of the policy that elects its tag (ImageRepository, ImagePolicy in Flux)."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from gitbot.config.fields import Duration, Flag, Labels, Name, Namespace, Spec
from gitbot.config.kinds import PolicyChoice
from gitbot.config.repository import Auth, Proxy
from gitbot.errors import GitbotError
from gitbot.image import check_name
from gitbot.printable import printable


def _image_name(text: str) -> str:
    try:
        check_name(text)
    except GitbotError as error:
        raise ValueError(printable(error.message)) from None
    return text


ImageName = Annotated[str, Field(min_length=1), AfterValidator(_image_name)]


class ObjectRef(Spec):
    """Names another object: `namespace` is that of the object that refers to it unless given."""

    name: Name = Field(description="Its name.")
    namespace: Namespace | None = Field(
        default=None, description="Its namespace; that of the referring object unless given."
    )


class ImageRepository(Spec):
    """An image whose tags are looked up (used by policies of registries, from the next version on)."""

    name: Name = Field(description="Its name, for imageRepositoryRef.")
    namespace: Namespace = Field(default="default", description="Its namespace.")
    image: ImageName = Field(description="The image, without scheme, tag or digest.")
    interval: Duration = Field(default=600.0, description="How often its tags are looked up.")
    timeout: Duration | None = Field(default=None, description="Deadline of one look-up; the interval unless given.")
    auth: Auth = Field(default_factory=Auth, description="How to get in.")
    proxy: Proxy | None = Field(default=None, description="The proxy to go through.")
    provider: Literal["generic", "aws", "azure", "gcp"] = Field(
        default="generic", description="Whose identity is used."
    )
    insecure: Flag = Field(default=False, description="Whether plain HTTP may be tried after HTTPS.")
    exclusion_list: tuple[str, ...] = Field(
        default=(r"^.*\.sig$",), max_length=25, description="Patterns of tags left out."
    )
    suspend: Flag = Field(default=False, description="Whether its tags are not looked up for now.")

    @property
    def key(self) -> str:
        """`namespace/name`."""
        return f"{self.namespace}/{self.name}"


class FilterTags(Spec):
    """Which tags take part, and which part of them is compared."""

    pattern: str = Field(default="", description="Pattern (RE2) that a tag must match; empty: every tag.")
    extract: str = Field(default="", description="What is compared, of the pattern's groups ($ts); empty: the tag.")


class Policy(Spec):
    """Which image is wanted."""

    name: Name = Field(description="Its name: markers name it as namespace:name.")
    namespace: Namespace = Field(default="default", description="Its namespace.")
    labels: Labels = Field(default={}, description="Labels, for policySelector.")
    image: ImageName | None = Field(default=None, description="The image, without scheme, tag or digest.")
    image_repository_ref: ObjectRef | None = Field(
        default=None, description="The entry of images it is about, instead of image."
    )
    policy: PolicyChoice = Field(description="How the tag is elected: exactly one kind.")
    filter_tags: FilterTags | None = Field(default=None, description="Which tags take part.")
    digest_reflection_policy: Literal["Never", "IfNotPresent", "Always"] = Field(
        default="Never", description="Whether the tag's digest is looked up: Never, IfNotPresent (once a tag), Always."
    )
    interval: Duration | None = Field(
        default=None, description="How often the digest is looked up; with Always, and only then."
    )
    suspend: Flag = Field(default=False, description="Whether nothing is elected for now.")

    @property
    def key(self) -> str:
        """`namespace:name`, as a marker names it."""
        return f"{self.namespace}:{self.name}"
