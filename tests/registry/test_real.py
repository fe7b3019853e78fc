"""The client against Debian's docker-registry, by all three ways in."""

from __future__ import annotations

import threading

import pytest

from gitbot.errors import Refused, Unavailable
from gitbot.registry.credentials import Credential
from gitbot.registry.listing import Tags
from gitbot.secret import Secret
from gitbot.transport.client import Options
from tests.servers.registry import PASSWORD, REFRESH, USER

pytestmark = pytest.mark.server
RIGHT = Credential(username=USER, password=Secret(PASSWORD))
WRONG = Credential(username=USER, password=Secret("canary-wrong-password-91"))


def quiet(**options):
    return Options(sleep=lambda _: None, **options)


def token_options(registry, **options):
    return quiet(ca=registry.tls.ca.read_text(), private=("127.0.0.1",), **options)


def test_a_repository_that_is_not_there_is_refused_in_the_registrys_words(open_registry, connect):
    with pytest.raises(Refused, match=r"list the tags of .*answered 404 \(NAME_UNKNOWN") as raised:
        connect(open_registry.host).tags("nothing/here")
    assert "private" in raised.value.hint


def test_tags_digests_and_platforms_of_an_open_registry(open_registry, connect):
    pushed = open_registry.push("app/web", "1.0.0", architecture="arm64")
    open_registry.push("app/web", "0.9.0")
    client = connect(open_registry.host)
    assert client.tags("app/web") == Tags(("0.9.0", "1.0.0"))
    assert client.digest("app/web", "1.0.0") == pushed
    assert client.platforms("app/web", "1.0.0") == {"linux/arm64"}
    assert client.platforms("app/web", pushed) == {"linux/arm64"}


def test_the_digest_of_a_tag_for_several_platforms_is_that_of_the_index(open_registry, connect):
    index = open_registry.push_index("app/many", "2.0.0", {"amd64": "", "arm": "v7", "unknown": ""})
    client = connect(open_registry.host)
    assert client.digest("app/many", "2.0.0") == index
    assert client.platforms("app/many", "2.0.0") == {"linux/amd64", "linux/arm/v7"}


def test_a_tag_pushed_again_has_the_new_digest(open_registry, connect):
    client = connect(open_registry.host)
    first = open_registry.push("app/moving", "latest", note="first")
    assert client.digest("app/moving", "latest") == first
    second = open_registry.push("app/moving", "latest", note="second")
    assert client.digest("app/moving", "latest") == second != first


def test_a_tag_that_is_not_there_has_no_digest(open_registry, connect):
    open_registry.push("app/some", "1.0.0")
    with pytest.raises(Refused, match=r"find the digest of .*app/some 2.0.0.* answered 404"):
        connect(open_registry.host).digest("app/some", "2.0.0")


def test_many_tags_are_listed_whole(open_registry, connect):
    open_registry.push("app/crowd", "0")
    manifest = open_registry.get("app/crowd", "0")
    for number in range(1, 300):
        open_registry.put("app/crowd", str(number), manifest)
    assert set(connect(open_registry.host).tags("app/crowd").tags) == {str(number) for number in range(300)}


def test_one_client_is_shared_by_threads(open_registry, connect):
    pushed = open_registry.push("app/shared", "1.0.0")
    client, digests = connect(open_registry.host), []
    threads = [threading.Thread(target=lambda: digests.append(client.digest("app/shared", "1.0.0"))) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert digests == [pushed] * 12


def test_user_name_and_password_get_in(basic_registry, connect):
    pushed = basic_registry.push("team/app", "1.0.0")
    client = connect(basic_registry.host, credential=RIGHT)
    assert client.tags("team/app") == Tags(("1.0.0",))
    assert client.digest("team/app", "1.0.0") == pushed


@pytest.mark.parametrize("credential", [None, WRONG], ids=["none", "wrong"])
def test_without_the_right_password_nobody_gets_in(basic_registry, connect, credential):
    client = connect(basic_registry.host, credential=credential, note="no entry is for it")
    with pytest.raises(Refused, match="answered 401") as raised:
        client.tags("team/app")
    assert raised.value.reason == "AuthenticationFailed"
    assert raised.value.hint == "no entry is for it"
    assert "canary" not in raised.value.message


@pytest.mark.parametrize(
    "credential",
    [RIGHT, Credential(identity_token=Secret(REFRESH))],
    ids=["user name and password", "identity token"],
)
def test_tokens_get_in_over_tls_with_a_private_authority(token_registry, connect, credential):
    pushed = token_registry.push("team/app", "1.0.0")
    client = connect(token_registry.host, options=token_options(token_registry), credential=credential)
    before = len(token_registry.tokens.requests)
    assert client.tags("team/app") == Tags(("1.0.0",))
    assert client.digest("team/app", "1.0.0") == pushed
    assert client.platforms("team/app", "1.0.0") == {"linux/amd64"}
    assert len(token_registry.tokens.requests) == before + 1, "one token serves one repository until it expires"


@pytest.mark.parametrize("credential", [None, WRONG], ids=["none", "wrong"])
def test_without_the_right_password_there_is_no_token_that_gets_in(token_registry, connect, credential):
    client = connect(token_registry.host, options=token_options(token_registry), credential=credential)
    with pytest.raises(Refused, match="answered 401") as raised:
        client.tags("team/app")
    assert raised.value.reason == "AuthenticationFailed"
    assert "canary" not in raised.value.message + raised.value.hint


def test_an_authority_that_nobody_trusts_is_refused_and_plain_http_is_not_tried(token_registry, connect):
    with pytest.raises(Refused, match="certificate is not trusted") as raised:
        connect(token_registry.host, options=quiet(), credential=RIGHT).tags("team/app")
    assert "ca" in raised.value.hint


def test_a_token_server_at_a_private_address_must_be_allowed(token_registry, connect):
    options = quiet(ca=token_registry.tls.ca.read_text())
    before = len(token_registry.tokens.requests)
    with pytest.raises(Refused, match="not at a public address") as raised:
        connect(token_registry.host, options=options, credential=RIGHT).tags("team/app")
    assert "127.0.0.1" in raised.value.hint
    assert len(token_registry.tokens.requests) == before


def test_a_registry_that_a_repository_named_must_be_at_a_public_address(open_registry, connect):
    with pytest.raises(Refused, match="not at a public address"):
        connect(open_registry.host, trusted=False).tags("app/web")


def test_nothing_listens_there(connect):
    with pytest.raises(Unavailable, match="no connection"):
        connect("127.0.0.1:1").tags("app/web")
