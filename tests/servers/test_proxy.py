"""The proxy passes git through for those who know its password."""

from __future__ import annotations

import subprocess

import pytest

from tests.servers.proxy import PASSWORD, USER

pytestmark = pytest.mark.server


def ls_remote(url, proxy, *options):
    argv = ["git", "-c", f"http.proxy={proxy}", *options, "ls-remote", url]
    return subprocess.run(argv, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_git_goes_through_the_proxy(git_http, proxy, scheme):
    repo = git_http.repo("proxied", {"a": "1"})
    url = git_http.url(repo, "open", scheme)
    ca = ("-c", f"http.sslCAInfo={git_http.tls.ca}")
    refused = ls_remote(url, proxy.address, *ca)
    assert refused.returncode == 128
    assert "407" in refused.stderr
    passed = ls_remote(url, proxy.address.replace("://", f"://{USER}:{PASSWORD}@"), *ca)
    assert passed.returncode == 0, passed.stderr
    assert repo.head() in passed.stdout
    wanted = f"GET {url}/info/refs" if scheme == "http" else f"CONNECT 127.0.0.1:{git_http.ports['https']}"
    assert any(line.startswith(wanted) for line in proxy.requests())
