"""Which files of a commit are candidates: names, update paths, excludes, links, odd names; and following a moving tree."""

import pytest

from gitbot.errors import GitbotError
from gitbot.git.access import Access
from gitbot.source.session import session
from gitbot.source.tree import Scope, follow, left_out, normalise, pathspecs, search
from tests.servers.git_repo import Executable, Gitlink, Symlink

MARKED = 'image: a:1 # {"$imagepolicy": "ns:p"}\n'
WHOLE = Scope(("",))


@pytest.fixture
def look(tmp_path):
    """The candidates of a repository's main branch below a scope."""

    def candidates(repo, scope=WHOLE):
        with session(tmp_path / "cache", Access(url=repo.url, allow_protocols=("file",))) as opened:
            head = opened.bring("refs/heads/main", repo.head())
            return search(opened.bare, head, pathspecs(opened.bare, head, scope))

    return candidates


def test_files_without_the_token_or_a_yaml_name_are_none(make_repo, look):
    files = {
        "a.yaml": "image: a:1\n",
        "a.json": MARKED,
        "a.YAML": MARKED,
        "kustomization": MARKED,
        "a.yaml.tpl": MARKED,
    }
    assert look(make_repo(files)).blobs == {}


def test_yaml_yml_and_kustomization_are_found_at_any_depth(make_repo, look):
    names = ["a.yaml", "b.yml", "Kustomization", ".yaml", "x/y/z/a.yaml", ".hidden/a.yml", "x/Kustomization"]
    assert sorted(look(make_repo(dict.fromkeys(names, MARKED))).blobs) == sorted(names)


def test_a_wrong_quote_around_the_token_is_found_too(make_repo, look):
    assert list(look(make_repo({"a.yaml": "a: b # {'$imagepolicy': 'ns:p'}\n"})).blobs) == ["a.yaml"]


def test_a_binary_attribute_does_not_hide_a_file(make_repo, look):
    repo = make_repo({"a.yaml": MARKED, ".gitattributes": "*.yaml binary -text filter=evil\n"})
    assert list(look(repo).blobs) == ["a.yaml"]


def test_links_and_submodules_are_never_candidates(make_repo, look):
    repo = make_repo({"real.yaml": MARKED, "run.yaml": Executable(MARKED), "link.yaml": Symlink("/etc/passwd"),
                      "near.yaml": Symlink("real.yaml"), "dangling.yml": Symlink("nowhere"), "sub.yaml": Gitlink("1" * 40)})  # fmt: skip
    assert sorted(look(repo).blobs) == ["real.yaml", "run.yaml"]


@pytest.mark.parametrize(
    ("scope", "found"),
    [
        (Scope(("apps",)), ["apps/a.yaml", "apps/deep/b.yaml"]),
        (Scope(("./apps/",)), ["apps/a.yaml", "apps/deep/b.yaml"]),
        (Scope(("/apps",)), ["apps/a.yaml", "apps/deep/b.yaml"]),
        (Scope(("apps/deep", "other")), ["apps/deep/b.yaml", "other/c.yaml"]),
        (Scope(("apps/a.yaml",)), ["apps/a.yaml"]),
        (Scope(("README.md",)), []),
        (Scope(("",), ("apps/**",)), ["[x]*/d.yaml", "other/c.yaml"]),
        (Scope(("",), ("apps",)), ["[x]*/d.yaml", "other/c.yaml"]),
        (Scope(("",), ("**/b.yaml", "other/")), ["[x]*/d.yaml", "apps/a.yaml"]),
        (Scope(("apps",), ("*.yaml",)), ["apps/a.yaml", "apps/deep/b.yaml"]),
        (Scope(("[x]*",)), ["[x]*/d.yaml"]),
    ],
)
def test_update_paths_and_excludes_choose_among_them(make_repo, look, scope, found):
    names = ["apps/a.yaml", "apps/deep/b.yaml", "other/c.yaml", "[x]*/d.yaml"]
    repo = make_repo({**dict.fromkeys(names, MARKED), "README.md": MARKED})
    assert sorted(look(repo, scope).blobs) == found
    assert sorted(name for name in [*names, "README.md"] if not left_out(scope, name)) == found


@pytest.mark.parametrize(
    "pattern",
    ["*.yaml", "**/*.yaml", "a/*.yaml", "a/**/c.yaml", "a/**", "?/b/c.yaml", "[ab]/x.yaml", "[!a]/x.yaml", "a*/x.yaml"],
)
def test_what_is_left_out_is_what_git_leaves_out(make_repo, look, pattern):
    names = ["x.yaml", "a/x.yaml", "b/x.yaml", "ab/x.yaml", "a/b/c.yaml", "a/c.yaml", "a/b/b/c.yaml"]
    scope = Scope(("",), (pattern,))
    assert sorted(look(make_repo(dict.fromkeys(names, MARKED)), scope).blobs) == sorted(
        name for name in names if not left_out(scope, name)
    )


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("absent", "is not in the repository"),
        ("link", "symbolic link"),
        ("sub", "submodule"),
        ("link/a", "is not in the"),
    ],
)
def test_a_path_that_is_absent_or_leads_away_fails(make_repo, look, path, words):
    repo = make_repo({"a/b.yaml": MARKED, "link": Symlink("a"), "sub": Gitlink("1" * 40)})
    with pytest.raises(GitbotError, match=words):
        look(repo, Scope((path,)))


def test_a_name_that_is_not_utf8_is_a_problem_and_no_candidate(make_repo, look):
    found = look(make_repo({b"b\xffad.yaml": MARKED, b"plain-\xff.yaml": "a: 1\n", "good.yaml": MARKED}))
    assert list(found.blobs) == ["good.yaml"]
    assert [problem.code for problem in found.problems] == ["path-encoding"]


def test_a_name_that_no_command_line_holds_is_a_problem_and_no_candidate(make_repo, look):
    repo = make_repo({"good.yaml": MARKED})
    blob = repo.blob(MARKED)
    repo.commit_tree([("100644", b"good.yaml", blob), ("100644", b"x" * 200_000 + b".yaml", blob)])
    found = look(repo)
    assert list(found.blobs) == ["good.yaml"]
    assert [(problem.code, len(problem.path)) for problem in found.problems] == [("path-encoding", 500)]


def test_a_folder_named_dot_is_a_problem_and_no_candidate(make_repo, look):
    repo = make_repo({"good.yaml": MARKED})
    blob = repo.blob(MARKED)
    entry = b"100644 a.yaml\0" + bytes.fromhex(blob)
    folder = repo.git("hash-object", "-t", "tree", "--literally", "-w", "--stdin", data=entry)
    repo.commit_tree([("40000", b".", folder), ("100644", b"good.yaml", blob)])
    found = look(repo)
    assert list(found.blobs) == ["good.yaml"]
    assert [problem.path for problem in found.problems] == ["./a.yaml"]


@pytest.mark.parametrize(
    "name", ['quote".yaml', "new\nline.yaml", "tab\t.yaml", "-rf.yaml", "é😀.yaml", "a..b/x.yaml", ":(top).yaml"]
)
def test_odd_names_are_names(make_repo, look, name):
    assert list(look(make_repo({name: MARKED})).blobs) == [name]


@pytest.mark.parametrize(
    ("path", "clean"),
    [("", ""), (".", ""), ("./", ""), ("/", ""), ("./a/", "a"), ("a//b/./c", "a/b/c"), ("/../a", "a"), (" a ", "a")],
)
def test_update_paths_count_from_the_root(path, clean):
    assert normalise(path) == clean


@pytest.fixture
def followed(tmp_path):
    """What following a repository finds when it changes, and what a new search finds."""

    def follow_change(repo, change):
        with session(tmp_path / "cache", Access(url=repo.url, allow_protocols=("file",))) as opened:
            old = opened.bring("refs/heads/main", repo.head())
            specs = pathspecs(opened.bare, old, WHOLE)
            before = search(opened.bare, old, specs)
            repo.commit(change)
            opened.forget()
            new = opened.bring("refs/heads/main", repo.head())
            found = follow(opened.bare, before, opened.bare.tree_of(old), opened.bare.tree_of(new), specs)
            return found, search(opened.bare, new, specs)

    return follow_change


def test_two_names_that_are_shown_alike_are_two_problems(make_repo, followed):
    found, anew = followed(make_repo({b"\xff.yaml": MARKED, b"\xfe.yaml": MARKED}), {b"\xff.yaml": None})
    assert found.problems == anew.problems
    assert len(found.problems) == 1


def test_a_huge_file_that_comes_later_is_left_to_git(make_repo, followed, monkeypatch):
    monkeypatch.setattr("gitbot.git.repository.Bare.blobs", None)  # reading it would fail
    found, anew = followed(make_repo({"a.yaml": MARKED}), {"huge.yaml": MARKED + "#" * (17 << 20)})
    assert list(found.blobs) == list(anew.blobs) == ["a.yaml", "huge.yaml"]


def test_following_a_tree_finds_what_a_new_search_finds(make_repo, tmp_path):
    repo = make_repo(
        {
            "kept.yaml": MARKED,
            "gone.yaml": MARKED,
            "unmarked.yaml": "a: 1\n",
            "changed.yaml": MARKED,
            b"\xff.yaml": MARKED,
        }
    )
    with session(tmp_path / "cache", Access(url=repo.url, allow_protocols=("file",))) as opened:
        old = opened.bring("refs/heads/main", repo.head())
        specs = pathspecs(opened.bare, old, WHOLE)
        before = search(opened.bare, old, specs)
        repo.commit({"gone.yaml": None, "unmarked.yaml": MARKED, "changed.yaml": "a: 2\n", "new/x.yml": MARKED,
                     "linked.yaml": Symlink("kept.yaml"), "Kustomization": MARKED, b"\xff.yaml": None, b"\xfe.yaml": MARKED})  # fmt: skip
        new = opened.bring("refs/heads/main", repo.head())
        followed = follow(opened.bare, before, opened.bare.tree_of(old), opened.bare.tree_of(new), specs)
        anew = search(opened.bare, new, specs)
    assert sorted(followed.blobs) == sorted(anew.blobs) == ["Kustomization", "kept.yaml", "new/x.yml", "unmarked.yaml"]
    assert followed.problems == anew.problems
