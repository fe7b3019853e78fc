"""Which entry of a docker configuration is for an image, and what it says."""

from __future__ import annotations

import base64
import json

import pytest

from gitbot.errors import UsageError
from gitbot.registry.credentials import Credential, find, matches, parse_docker_config
from gitbot.registry.name import parse_name
from gitbot.secret import Secret

CANARY = "canary-docker-pässword-17"


def auth(user="bot", password=CANARY):
    return base64.b64encode(f"{user}:{password}".encode()).decode()


def config(**parts):
    return parse_docker_config(json.dumps(parts), "config.json")


@pytest.mark.parametrize(
    "parts", [{}, {"auths": {}}, {"auths": None}, {"auths": {"ghcr.io": {}}}, {"auths": {"ghcr.io": None}}]
)
def test_an_empty_configuration_has_nothing_and_says_so(parts):
    found = find(config(**parts), parse_name("ghcr.io/owner/app"))
    assert found.credential is None
    assert found.note == "none of the 0 entries of config.json is for ghcr.io/owner/app; it is asked anonymously"


@pytest.mark.parametrize(
    ("key", "image"),
    [
        ("ghcr.io", "quay.io/a/b"),
        ("ghcr.io", "ghcr.io:443/a/b"),
        ("ghcr.io:443", "ghcr.io/a/b"),
        ("ghcr.io/other", "ghcr.io/owner/app"),
        ("*.example.com", "example.com/a"),
        ("*.example.com", "a.b.example.com/a"),
        ("*", "ghcr.io/a/b"),
        ("example.com", "evil-example.com/a"),
        ("io", "ghcr.io/a/b"),
        ("", "ghcr.io/a/b"),
    ],
)
def test_keys_that_are_not_for_an_image(key, image):
    assert not matches(key, parse_name(image))


@pytest.mark.parametrize(
    ("key", "image"),
    [
        ("ghcr.io", "ghcr.io/owner/app"),
        ("GHCR.IO", "ghcr.io/owner/app"),
        ("https://ghcr.io", "ghcr.io/owner/app"),
        ("https://ghcr.io/v2/", "ghcr.io/owner/app"),
        ("https://ghcr.io/v1", "ghcr.io/owner/app"),
        ("ghcr.io/owner", "ghcr.io/owner/app"),
        ("ghcr.io/owner/app", "ghcr.io/owner/app"),
        ("*.example.com", "a.example.com/x"),
        ("a?.example.com", "ab.example.com/x"),
        ("localhost:5000", "localhost:5000/x"),
        *(
            (key, "alpine")
            for key in (
                "https://index.docker.io/v1/", "https://index.docker.io/v1", "index.docker.io", "docker.io",
                "registry-1.docker.io", "docker.io/library",
            )
        ),
        ("docker.io", "registry-1.docker.io/library/alpine"),
    ],
)  # fmt: skip
def test_keys_that_are_for_an_image(key, image):
    assert matches(key, parse_name(image))


def test_the_longest_path_wins():
    entries = {key: {"username": key, "password": "p"} for key in ("ghcr.io", "ghcr.io/owner/app", "ghcr.io/owner")}
    found = find(config(auths=entries), parse_name("ghcr.io/owner/app"))
    assert found.credential is not None
    assert found.credential.username == "ghcr.io/owner/app"
    assert "entry ghcr.io/owner/app of config.json" in found.credential.source


@pytest.mark.parametrize(
    "entry",
    [
        {"auth": auth()},
        {"auth": auth().rstrip("=")},
        {"auth": auth(), "username": "other", "password": "other"},
        {"auth": auth(password=CANARY + "\0\0")},
        {"username": "bot", "password": CANARY},
    ],
    ids=["auth", "unpadded", "auth wins", "padded by NUL", "plain"],
)
def test_user_name_and_password(entry):
    credential = find(config(auths={"ghcr.io": entry}), parse_name("ghcr.io/a/b")).credential
    assert credential is not None
    assert (credential.username, credential.password) == ("bot", Secret(CANARY))
    assert credential.basic == f"Basic {auth()}"
    assert CANARY not in repr(credential)


def test_a_password_may_hold_colons():
    credential = find(
        config(auths={"ghcr.io": {"auth": auth(password="a:b:canary-c")}}), parse_name("ghcr.io/a/b")
    ).credential
    assert credential is not None
    assert credential.password == Secret("a:b:canary-c")


def test_tokens_are_read():
    entries = {"a.io": {"identitytoken": "canary-i"}, "b.io": {"registrytoken": "canary-r"}}
    read = config(auths=entries)
    assert find(read, parse_name("a.io/x")).credential == Credential(
        identity_token=Secret("canary-i"), source="entry a.io of config.json"
    )
    assert find(read, parse_name("b.io/x")).credential == Credential(
        registry_token=Secret("canary-r"), source="entry b.io of config.json"
    )


def test_the_older_form_of_kubernetes_is_read():
    read = parse_docker_config(json.dumps({"https://ghcr.io": {"auth": auth()}}), "secret s")
    assert find(read, parse_name("ghcr.io/a/b")).credential


def test_helpers_come_before_entries_and_the_store_after_them():
    read = config(
        auths={"ghcr.io": {"auth": auth()}}, credHelpers={"gcr.io": "gcloud", "docker.io": "hub"}, credsStore="desktop"
    )
    asked = {image: find(read, parse_name(image)) for image in ("gcr.io/p/a", "alpine", "ghcr.io/a/b", "quay.io/a/b")}
    assert (asked["gcr.io/p/a"].helper, asked["gcr.io/p/a"].server) == ("gcloud", "gcr.io")
    assert (asked["alpine"].helper, asked["alpine"].server) == ("hub", "https://index.docker.io/v1/")
    assert asked["ghcr.io/a/b"].credential
    assert (asked["quay.io/a/b"].helper, asked["quay.io/a/b"].server) == ("desktop", "quay.io")


@pytest.mark.parametrize(
    "text",
    [
        "", "canary-not-json", "[]", '"x"', '{"auths": []}', '{"auths": {"a": {"auth": "canary!"}}}',
        '{"auths": {"a": {"auth": "Y2FuYXJ5"}}}', '{"credHelpers": 1}',
    ],
    ids=["empty", "no JSON", "list", "text", "auths is a list", "no base64", "no colon", "helpers is a number"],
)  # fmt: skip
def test_a_broken_configuration_is_an_error_that_does_not_quote_it(text):
    with pytest.raises(UsageError, match=r"config\.json") as raised:
        parse_docker_config(text, "config.json")
    assert "canary" not in raised.value.message
    assert "Y2Fu" not in raised.value.message
