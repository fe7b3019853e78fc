"""Refspecs: the new commit goes to several refs at once or to none, and never over what is not ours."""

import pytest

from tests.e2e.world import marked


@pytest.fixture
def copied(world):
    """The automation pushes to its branch and to `copy`."""
    world.push["refspec"] = ["HEAD:refs/heads/copy"]
    return world


def test_branch_and_refspec_get_the_same_commit(copied):
    (repo,) = copied.repos
    outcome = copied.once()
    assert repo.refs() == {"refs/heads/main": outcome.commit, "refs/heads/copy": outcome.commit}
    assert copied.once().outcome == "skipped"
    copied.elect("3.0.0")
    outcome = copied.once()
    assert set(repo.refs().values()) == {outcome.commit}


def test_a_refspec_equal_to_the_branch_is_pushed_once(copied):
    (repo,) = copied.repos
    del copied.repository["ref"]  # with the branch in the configuration this is refused when it is loaded
    copied.push["refspec"] = ["refs/heads/main:refs/heads/main"]
    assert copied.once().outcome == "pushed"
    assert (repo.count(), list(repo.refs())) == (2, ["refs/heads/main"])


def test_a_refspec_may_name_another_kind_of_ref(copied):
    (repo,) = copied.repos
    copied.push["refspec"] = ["refs/heads/main:refs/for/main"]
    outcome = copied.once()
    assert repo.refs()["refs/for/main"] == outcome.commit
    assert copied.once().outcome == "skipped"


def test_a_target_that_moved_is_a_reason_to_run(copied):
    (repo,) = copied.repos
    first = copied.once().commit
    repo.git("update-ref", "-d", "refs/heads/copy")
    assert copied.once().outcome == "up-to-date"
    assert repo.head() == first


def test_a_target_with_other_commits_is_not_overwritten_and_nothing_is_pushed(copied):
    (repo,) = copied.repos
    theirs = repo.commit({"notes.txt": "mine\n"}, branch="copy", onto="main")
    main = repo.head()
    outcome = copied.once()
    assert outcome.outcome == "failed"
    assert "refs/heads/copy: [rejected] (fetch first)" in outcome.error.message
    assert "never overwritten" in outcome.error.message
    assert repo.refs() == {"refs/heads/main": main, "refs/heads/copy": theirs}


def test_a_target_that_a_person_moved_after_our_push_is_not_overwritten(copied):
    (repo,) = copied.repos
    copied.once()
    theirs = repo.commit({"notes.txt": "mine\n"}, branch="copy")
    copied.elect("3.0.0")
    main = repo.head()
    assert copied.once().outcome == "failed"
    assert repo.refs() == {"refs/heads/main": main, "refs/heads/copy": theirs}


def test_a_target_that_the_new_commit_contains_is_moved_forward(copied):
    (repo,) = copied.repos
    repo.git("update-ref", "refs/heads/copy", "main")
    outcome = copied.once()
    assert set(repo.refs().values()) == {outcome.commit}


def test_one_refused_target_refuses_all(copied):
    (repo,) = copied.repos
    repo.protect("copy")
    main = repo.head()
    outcome = copied.once()
    assert outcome.outcome == "failed"
    assert "GH006: Protected branch update failed for refs/heads/copy" in outcome.error.message
    assert repo.refs() == {"refs/heads/main": main}


def test_a_server_without_atomic_pushes_gets_them_all_the_same(copied):
    (repo,) = copied.repos
    repo.configure("receive.advertiseAtomic", "false")
    outcome = copied.once()
    assert repo.refs() == {"refs/heads/main": outcome.commit, "refs/heads/copy": outcome.commit}


def test_with_a_push_branch_that_is_refreshed_the_copy_is_refreshed_too(copied):
    (repo,) = copied.repos
    copied.push["branch"] = "updates"
    copied.once()
    copied.elect("3.0.0")
    outcome = copied.once()
    assert outcome.outcome == "pushed"
    assert repo.head("updates") == repo.head("copy") == outcome.commit
    assert repo.count("copy") == 2


def test_the_deleted_copy_of_a_marked_file_comes_back(copied):
    (repo,) = copied.repos
    copied.once()
    repo.commit({"apps/a.yaml": marked("1.0.0")})
    outcome = copied.once()
    assert outcome.outcome == "pushed"
    assert set(repo.refs().values()) == {outcome.commit}


def test_a_review_ref_that_the_server_never_shows_costs_no_further_run(copied):
    (repo,) = copied.repos
    copied.push["refspec"] = ["HEAD:refs/for/main"]
    repo.hook("post-receive", "git update-ref -d refs/for/main")
    assert copied.once().outcome == "pushed"
    assert "refs/for/main" not in repo.refs()
    assert copied.once().outcome == "skipped"


def test_a_persons_commit_below_ours_survives_on_the_copy_when_the_push_branch_is_deleted(copied):
    (repo,) = copied.repos
    copied.push["branch"] = "updates"
    theirs = repo.commit({"notes.txt": "mine\n"}, branch="updates", onto="main")
    assert copied.once().outcome == "pushed"
    kept = repo.head("copy")
    repo.git("update-ref", "-d", "refs/heads/updates")
    copied.elect("3.0.0")
    outcome = copied.once()
    assert outcome.outcome == "failed"
    assert "never overwritten" in outcome.error.message
    assert repo.head("copy") == kept
    assert theirs in {commit.id for commit in repo.log("copy")}


def test_a_copy_that_holds_ours_alone_follows_a_push_branch_that_was_deleted(copied):
    (repo,) = copied.repos
    copied.push["branch"] = "updates"
    copied.once()
    repo.git("update-ref", "-d", "refs/heads/updates")
    copied.elect("3.0.0")
    outcome = copied.once()
    assert outcome.outcome == "pushed"
    assert repo.head("copy") == repo.head("updates") == outcome.commit
