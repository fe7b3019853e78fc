from __future__ import annotations

import subprocess

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gitbot.config.refs import Refspec, check_branch, check_commit, check_refname, check_tag, parse_refspec


@pytest.mark.parametrize("text", ["main", "feature/x", "v1.0", "a-b_c", "release/1.x", "@x", "日本"])
def test_good_branches_and_tags(text):
    assert check_branch(text) == text
    assert check_tag(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-x",
        "a b",
        "a..b",
        "a~1",
        "a^",
        "a:b",
        "a?",
        "a*",
        "a[b",
        "a\\b",
        "a@{0}",
        "@",
        ".a",
        "a/.b",
        "a.lock",
        "a.lock/b",
        "a/",
        "/a",
        "a//b",
        "a.",
        "a\x7f",
        "a\n",
        "refs/heads/x",
    ],
)
def test_bad_branches_and_tags(text):
    for check in (check_branch, check_tag):
        with pytest.raises(ValueError):
            check(text)


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="ab.-/@{~^:?*[\\ \x7flock", min_size=1, max_size=8))
@example("a.lock")
@example("@")
def test_no_branch_is_taken_that_git_refuses(text):
    try:
        check_branch(text)
    except ValueError:
        return
    assert (
        subprocess.run(["git", "check-ref-format", "--branch", text], capture_output=True, check=False).returncode == 0
    )


@pytest.mark.parametrize("text", ["refs/heads/main", "refs/tags/v1", "refs/for/main", "refs/pull/1/head"])
def test_full_names(text):
    assert check_refname(text) == text


@pytest.mark.parametrize(
    "text", ["main", "refs/main", "heads/main", "refs/heads/", "refs/heads/a b", "-refs/heads/x", "refs/heads/x.lock"]
)
def test_what_is_no_full_name(text):
    with pytest.raises(ValueError):
        check_refname(text)


def test_a_commit_is_whole():
    assert check_commit("0" * 40) == "0" * 40
    for text in ("0" * 39, "0" * 41, "A" * 40, "", "0" * 40 + "\n"):
        with pytest.raises(ValueError):
            check_commit(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("HEAD:refs/heads/x", Refspec("HEAD", "refs/heads/x")),
        ("main:refs/heads/x", Refspec("refs/heads/main", "refs/heads/x")),
        ("refs/heads/main:refs/for/main", Refspec("refs/heads/main", "refs/for/main")),
    ],
)
def test_refspecs(text, expected):
    assert parse_refspec(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "main",
        "+HEAD:refs/heads/x",
        ":refs/heads/x",
        "HEAD:",
        "HEAD:x",
        "HEAD:refs/heads/a:b",
        "-f:refs/heads/x",
        "HEAD:+refs/heads/x",
        "refs/heads/*:refs/heads/*",
    ],
)
def test_what_is_no_refspec(text):
    with pytest.raises(ValueError):
        parse_refspec(text)
