"""Names of images: host, repository, and where plain HTTP is allowed."""

from __future__ import annotations

import pytest

from gitbot.image import InvalidReferenceError
from gitbot.registry.name import api_host, parse_name, plain_allowed


@pytest.mark.parametrize(
    ("image", "canonical"),
    [
        ("index.docker.io/library/alpine", "index.docker.io/library/alpine"),
        ("registry-1.docker.io/library/alpine", "registry-1.docker.io/library/alpine"),
        ("docker.io:443/alpine", "docker.io:443/alpine"),
        ("ghcr.io/owner/app", "ghcr.io/owner/app"),
        ("alpine", "index.docker.io/library/alpine"),
        ("foo/bar", "index.docker.io/foo/bar"),
        ("docker.io/alpine", "index.docker.io/library/alpine"),
        ("index.docker.io/alpine", "index.docker.io/library/alpine"),
        ("gcr.io", "index.docker.io/library/gcr.io"),
        ("localhost/app", "localhost/app"),
        ("localhost:5000/app", "localhost:5000/app"),
        ("myhost:5000/app", "myhost:5000/app"),
        ("GHCR.io/owner/app", "ghcr.io/owner/app"),
    ],
)
def test_the_canonical_name(image, canonical):
    assert str(parse_name(image)) == canonical


@pytest.mark.parametrize(
    "image", ["https://ghcr.io/a", "ghcr.io/a:1", "ghcr.io/a@sha256:0", "ghcr.io/A", "", "ghcr.io/../x"]
)
def test_what_is_no_name(image):
    with pytest.raises(InvalidReferenceError):
        parse_name(image)


def test_docker_hub_answers_at_a_host_of_its_own():
    assert api_host("index.docker.io") == api_host("docker.io") == "registry-1.docker.io"
    assert api_host("ghcr.io") == "ghcr.io"


@pytest.mark.parametrize(
    "host",
    ["ghcr.io", "myhost:5000", "registry.local", "host.docker.internal", "8.8.8.8:5000", "172.32.0.1", "[fe80::1]", "notlocalhost"],
)  # fmt: skip
def test_plain_http_is_not_allowed(host):
    assert not plain_allowed(host, insecure=False)
    assert plain_allowed(host, insecure=True)


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:5000", "a.localhost", "a.localhost:80", "127.0.0.1", "127.0.0.1:5000", "[::1]", "[::1]:5000", "10.1.2.3", "192.168.0.1:5000", "172.31.255.1"]
)  # fmt: skip
def test_plain_http_is_allowed(host):
    assert plain_allowed(host, insecure=False)
