"""The repositories that tests build are what they say."""

from __future__ import annotations

import subprocess

import pytest

from tests.servers.git_repo import Executable, Gitlink, GitRepo, Symlink


def test_an_empty_repository_has_no_branch(make_repo):
    repo = make_repo()
    assert repo.refs() == {}
    assert repo.head() is None
    assert repo.count() == 0


def test_files_are_read_back_byte_for_byte(make_repo):
    repo = make_repo({"a.yaml": "x: 1\r\n", "deep/er/b.yaml": b"\xef\xbb\xbf\xff"})
    assert repo.read("a.yaml") == "x: 1\r\n"
    assert repo.read_bytes("deep/er/b.yaml") == b"\xef\xbb\xbf\xff"
    assert repo.count() == 1
    repo.check()


def test_modes_links_and_submodules_are_kept(make_repo):
    repo = make_repo({"run.sh": Executable("#!/bin/sh\n"), "link.yaml": Symlink("/etc/passwd"), "sub": Gitlink()})
    assert repo.modes() == {"link.yaml": "120000", "run.sh": "100755", "sub": "160000"}
    assert repo.read("link.yaml") == "/etc/passwd"


@pytest.mark.parametrize(
    "name",
    ["a b.yaml", 'q"uote.yaml', "back\\slash.yaml", "new\nline.yaml", "é.yaml", "-rf.yaml", " lead", "$(id).yaml"],
)
def test_odd_names_are_possible(make_repo, name):
    repo = make_repo({name: "x"})
    assert list(repo.modes()) == [name]
    assert repo.read(name) == "x"


def test_a_name_that_is_not_utf8_is_possible(make_repo):
    repo = make_repo({b"caf\xe9.yaml": "x"})
    assert list(repo.modes()) == ["caf\udce9.yaml"]


def test_a_tree_that_git_refuses_to_make_is_possible(make_repo):
    repo = make_repo()
    repo.commit_tree([("100644", b"..", repo.blob("x"))])
    assert list(repo.modes()) == [".."]


def test_commits_show_who_made_them_and_what_changed(make_repo):
    repo = make_repo({"a": "1", "b": "1"})
    second = repo.commit({"a": "2", "b": None}, author="Bo <bo@example.com>", message="Second\n\nBody")
    newest, first = repo.log()
    assert newest.id == second == repo.head()
    assert newest.parents == (first.id,)
    assert newest.author == newest.committer == "Bo <bo@example.com>"
    assert newest.message == "Second\n\nBody"
    assert repo.changed() == ["a", "b"]


def test_a_branch_can_start_elsewhere_and_be_rewound(make_repo):
    repo = make_repo({"a": "1"})
    base = repo.head()
    repo.commit({"a": "2"})
    repo.commit({"a": "3"}, branch="side", onto=base)
    assert repo.count("side") == 2
    repo.commit({"a": "4"}, onto=base)
    assert repo.read("a") == "4"
    assert repo.count() == 2


def test_annotated_tags_are_objects_of_their_own(make_repo):
    repo = make_repo({"a": "1"})
    repo.tag("v1")
    repo.tag("v2", message="Two")
    assert repo.refs()["refs/tags/v1"] == repo.head()
    assert repo.git("rev-parse", "v2^{commit}") == repo.head() != repo.refs()["refs/tags/v2"]


@pytest.mark.parametrize(
    ("arrange", "words"),
    [
        (lambda repo: repo.refuse("no pushing on fridays"), "no pushing on fridays"),
        (lambda repo: repo.refuse("not you", hook="update"), "not you"),
        (lambda repo: repo.protect("main"), "GH006: Protected branch"),
        (lambda repo: repo.configure("receive.denyNonFastForwards"), "denying non-fast-forward"),
    ],
    ids=["pre-receive", "update", "protected", "denyNonFastForwards"],
)
def test_pushes_are_refused_with_the_words_of_the_server(make_repo, tmp_path, arrange, words):
    repo: GitRepo = make_repo({"a": "1"})
    other = GitRepo.create(tmp_path / "other.git", {"z": "9"})
    arrange(repo)
    pushed = subprocess.run(
        ["git", "-C", other.path, "push", "-f", repo.url, "main:main"], capture_output=True, text=True, check=False
    )
    assert pushed.returncode == 1
    assert words in pushed.stderr
    assert repo.read("a") == "1"
