from __future__ import annotations

import pytest

from gitbot.config.urls import check_url, scheme_of


@pytest.mark.parametrize(
    ("url", "scheme"),
    [
        ("https://git.example.com/fleet.git", "https"),
        ("HTTPS://git.example.com:8443/a/b", "https"),
        ("https://[::1]:8443/a", "https"),
        ("http://127.0.0.1:3000/a.git", "http"),
        ("ssh://git@git.example.com:2222/a.git", "ssh"),
        ("ssh://git.example.com/a.git", "ssh"),
        ("git@git.example.com:a/b.git", "ssh"),
        ("git.example.com:a.git", "ssh"),
        ("git@[::1]:a.git", "ssh"),
        ("file:///srv/git/a.git", "file"),
        ("/srv/git/a.git", "file"),
        ("./a.git", "file"),
        ("../a:b.git", "file"),
    ],
)
def test_good_urls(url, scheme):
    assert check_url(url) == url
    assert scheme_of(url) == scheme


@pytest.mark.parametrize(
    "url",
    [
        "",
        "-oProxyCommand=x",
        "--upload-pack=x",
        "ext::sh -c x",
        "ext::https://a/b",
        "fd::17",
        "git://git.example.com/a",
        "ftp://git.example.com/a",
        "javascript://x/y",
        "https://user:secret@git.example.com/a",
        "https://token@git.example.com/a",
        "https://:secret@git.example.com/a",
        "ssh://git:secret@git.example.com/a",
        "ssh://-oProxyCommand=x/a",
        "ssh://-o@git.example.com/a",
        "ssh://git@-oProxyCommand=x/a",
        "-oProxyCommand=x:a",
        "git@-oProxyCommand=x:a",
        "user:secret@git.example.com/a",
        "git@git.example.com:-a",
        "https:///a",
        "https://git.example.com",
        "https://git.example.com/",
        "https://git.example.com:port/a",
        "https://git.example.com/a?b",
        "https://git.example.com/a#b",
        "https://git.example.com/a\n",
        "https://git.example.com/a b",
        "https://git.exam\u202eple.com/a",
        "file://host/a",
    ],
)
def test_bad_urls(url):
    with pytest.raises(ValueError) as caught:
        check_url(url)
    assert "secret" not in str(caught.value)
