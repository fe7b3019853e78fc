"""What is checked out: a branch, a tag, a range of versions, a full name, a commit, or what the remote's HEAD says."""

import pytest

from tests.automation.test_run import tag_of
from tests.e2e.world import marked


@pytest.fixture
def tagged(worlds, make_repo):
    """Tags v1.0.0 (with 1.0.0), v1.1.0 (annotated) and v2.0.0-rc.1, all before the head of main; the push branch is set."""
    repo = make_repo({"apps/a.yaml": marked("1.0.0")})
    repo.tag("v1.0.0")
    repo.commit({"at": "v1.1.0\n"})
    repo.tag("v1.1.0", message="annotated")
    repo.commit({"at": "v2.0.0-rc.1\n"})
    repo.tag("v2.0.0-rc.1")
    repo.tag("not-a-version")
    repo.commit({"at": "main\n"})
    world = worlds(repo.url, repo)
    world.push["branch"] = "updates"
    return world


@pytest.mark.parametrize(
    ("ref", "base", "revision"),
    [
        pytest.param({"branch": "main"}, "main", "main", id="branch"),
        pytest.param({"tag": "v1.0.0"}, "v1.0.0", "v1.0.0", id="tag"),
        pytest.param({"tag": "v1.1.0"}, "v1.1.0^{commit}", "v1.1.0", id="annotated tag"),
        pytest.param({"semver": "1.x"}, "v1.1.0^{commit}", "v1.1.0", id="semver"),
        pytest.param({"semver": ">=1.0.0-0"}, "v2.0.0-rc.1", "v2.0.0-rc.1", id="semver with prereleases"),
        pytest.param({"name": "refs/tags/v1.0.0"}, "v1.0.0", "v1.0.0", id="name of a tag"),
        pytest.param({"name": "refs/heads/main"}, "main", "main", id="name of a branch"),
        pytest.param({}, "main", "main", id="the remote's HEAD"),
    ],
)
def test_the_push_branch_starts_from_what_is_checked_out(tagged, ref, base, revision):
    (repo,) = tagged.repos
    tagged.repository["ref"] = ref
    commit = repo.git("rev-parse", base)
    assert tagged.once().outcome == "pushed"
    assert repo.log("updates")[0].parents == (commit,)
    assert tagged.record().observed_source_revision == f"{revision}@sha1:{commit}"
    assert tagged.once().outcome == "skipped"


def test_a_commit_is_checked_out_by_its_name(tagged):
    (repo,) = tagged.repos
    commit = repo.git("rev-parse", "v1.0.0")
    tagged.repository["ref"] = {"commit": commit}
    assert tagged.once().outcome == "pushed"
    assert repo.log("updates")[0].parents == (commit,)
    assert tagged.record().observed_source_revision == f"sha1:{commit}"
    assert tagged.once().outcome == "skipped"
    tagged.elect("3.0.0")
    assert tagged.once().outcome == "pushed"
    assert tag_of(repo, revision="updates") == "3.0.0"


def test_a_new_version_moves_the_checkout(tagged):
    (repo,) = tagged.repos
    tagged.repository["ref"] = {"semver": "1.x"}
    tagged.once()
    repo.commit({"apps/a.yaml": "# newer\n" + marked("1.0.0")})
    repo.tag("v1.2.0")
    assert tagged.once().outcome == "pushed"
    assert repo.log("updates")[0].parents == (repo.git("rev-parse", "v1.2.0"),)
    assert tagged.record().observed_source_revision.startswith("v1.2.0@sha1:")


def test_a_tag_that_was_moved_moves_the_checkout(tagged):
    (repo,) = tagged.repos
    tagged.repository["ref"] = {"tag": "v1.1.0"}
    tagged.once()
    head = repo.commit({"apps/a.yaml": "# moved\n" + marked("1.0.0")})
    repo.tag("v1.1.0", message="again")
    assert tagged.once().outcome == "pushed"
    assert repo.log("updates")[0].parents == (head,)


def test_the_automations_own_checkout_replaces_the_repositorys(tagged):
    (repo,) = tagged.repos
    tagged.fleet["git"]["checkout"] = {"ref": {"tag": "v1.0.0"}}
    tagged.once()
    assert repo.log("updates")[0].parents == (repo.git("rev-parse", "v1.0.0"),)


def test_the_remotes_head_is_pushed_when_no_branch_is_named(worlds, make_repo):
    repo = make_repo({"a.yaml": marked("1.0.0")}, branch="trunk")
    world = worlds(repo.url, repo)
    del world.repository["ref"]
    outcome = world.once()
    assert (outcome.outcome, outcome.branch, repo.count("trunk")) == ("pushed", "trunk", 2)


@pytest.mark.parametrize(
    ("ref", "words"),
    [
        pytest.param({"branch": "absent"}, "has no refs/heads/absent", id="branch"),
        pytest.param({"tag": "absent"}, "has no refs/tags/absent", id="tag"),
        pytest.param({"semver": "9.x"}, "has no tag in the range '9.x'", id="semver"),
        pytest.param({"name": "refs/pull/1/head"}, "has no refs/pull/1/head", id="name"),
        pytest.param({"commit": "0" * 39 + "1"}, "not our ref", id="commit"),
    ],
)
def test_what_is_not_there_is_one_error_and_is_tried_again(tagged, ref, words):
    (repo,) = tagged.repos
    tagged.repository["ref"] = ref
    refs = repo.refs()
    for _ in range(2):
        outcome = tagged.once()
        assert outcome.outcome == "failed"
        assert words in outcome.error.message
    assert repo.refs() == refs
    assert tagged.history() == ["failed"]  # the same failure again is one entry


def test_an_empty_repository_is_one_error(worlds, make_repo):
    repo = make_repo()
    for ref, words in (({"branch": "main"}, "has no refs/heads/main"), ({}, "no default branch")):
        world = worlds(repo.url, repo)
        world.repository["ref"] = ref
        assert words in world.once().error.message


def test_a_branch_whose_name_ends_as_another_is_told_apart(worlds, make_repo):
    repo = make_repo({"a.yaml": marked("1.0.0")})
    repo.git("update-ref", "refs/heads/team/main", "main")
    repo.git("update-ref", "refs/tags/main", "main")
    world = worlds(repo.url, repo)
    before = repo.head()
    world.once()
    assert repo.refs()["refs/heads/team/main"] == repo.refs()["refs/tags/main"] == before
    assert repo.git("rev-list", "--count", "refs/heads/main") == "2"
