"""A push branch: made, refreshed, merged, shared with a person, and kept by a server that forbids rewinding."""

import pytest

from tests.automation.test_run import tag_of
from tests.e2e.world import PERSON, marked


@pytest.fixture
def updates(world):
    """The automation pushes to the branch `updates`."""
    world.push["branch"] = "updates"
    world.repos[0].commit({"apps/b.yaml": marked("1.0.0", name="b")})
    return world


def authors(repo, branch="updates"):
    """Who committed what, the newest first, down to the base."""
    return [commit.committer.split()[0] for commit in repo.log(branch)]


def test_a_new_push_branch_stands_on_the_checkout_and_leaves_it_alone(updates):
    (repo,) = updates.repos
    main = repo.head()
    outcome = updates.once()
    assert (outcome.outcome, outcome.branch, outcome.commit) == ("pushed", "updates", repo.head("updates"))
    assert repo.refs() == {"refs/heads/main": main, "refs/heads/updates": outcome.commit}
    assert repo.log("updates")[0].parents == (main,)
    record = updates.record()
    assert (record.observed_source_revision, record.push_branch_head) == (f"main@sha1:{main}", outcome.commit)
    assert updates.once().outcome == "skipped"


def test_a_branch_of_ours_is_refreshed_to_one_commit(updates):
    (repo,) = updates.repos
    updates.once()
    updates.elect("3.0.0")
    assert updates.once().outcome == "pushed"
    assert authors(repo) == ["gitbot", "Ada", "Ada"]
    assert tag_of(repo, revision="updates") == tag_of(repo, "apps/b.yaml", "updates") == "3.0.0"
    assert tag_of(repo) == "1.0.0"


def test_a_branch_with_the_same_edits_is_left_alone_when_other_files_move(updates):
    (repo,) = updates.repos
    updates.once()
    head = repo.head("updates")
    repo.commit({"README.md": "changed\n"})
    assert updates.once().outcome == "up-to-date"
    assert repo.head("updates") == head
    assert updates.record().observed_source_revision == f"main@sha1:{repo.head()}"
    assert updates.once().outcome == "skipped"


def test_a_touched_file_that_moved_on_the_base_refreshes_the_branch(updates):
    (repo,) = updates.repos
    updates.once()
    main = repo.commit({"apps/a.yaml": "# new first line\n" + marked("1.0.0")})
    assert updates.once().outcome == "pushed"
    assert repo.log("updates")[0].parents == (main,)
    assert repo.read("apps/a.yaml", "updates") == "# new first line\n" + marked("2.0.0")


def test_a_file_more_to_change_refreshes_the_branch(updates):
    (repo,) = updates.repos
    updates.once()
    main = repo.commit({"apps/c.yaml": marked("1.0.0", name="c")})
    assert updates.once().outcome == "pushed"
    assert repo.log("updates")[0].parents == (main,)
    assert repo.changed("updates") == ["apps/a.yaml", "apps/b.yaml", "apps/c.yaml"]


@pytest.mark.parametrize("how", ["forward", "commit", "squash"])
def test_after_the_branch_was_merged_the_next_update_starts_from_the_base(updates, how):
    (repo,) = updates.repos
    updates.once()
    if how == "forward":
        repo.git("update-ref", "refs/heads/main", "refs/heads/updates")
    elif how == "commit":
        merge = repo.git("commit-tree", "updates^{tree}", "-p", "main", "-p", "updates", "-m", "Merge")
        repo.git("update-ref", "refs/heads/main", merge)
    else:
        repo.git(
            "update-ref", "refs/heads/main", repo.git("commit-tree", "updates^{tree}", "-p", "main", "-m", "Squash")
        )
    assert updates.once().outcome == "up-to-date"
    updates.elect("3.0.0")
    assert updates.once().outcome == "pushed"
    assert repo.log("updates")[0].parents == (repo.head(),)
    assert tag_of(repo, revision="updates") == "3.0.0"


def test_a_persons_commit_on_the_branch_survives_and_ours_goes_on_top(updates):
    (repo,) = updates.repos
    updates.once()
    theirs = repo.commit({"notes.txt": "mine\n"}, branch="updates")
    updates.elect("3.0.0")
    assert updates.once().outcome == "pushed"
    assert repo.log("updates")[0].parents == (theirs,)
    assert repo.read("notes.txt", "updates") == "mine\n"
    assert tag_of(repo, revision="updates") == "3.0.0"
    updates.elect("4.0.0")
    updates.once()
    assert authors(repo) == ["gitbot", "gitbot", "Ada", "gitbot", "Ada", "Ada"]


def test_a_persons_commit_alone_moves_nothing(updates):
    (repo,) = updates.repos
    updates.once()
    theirs = repo.commit({"notes.txt": "mine\n"}, branch="updates")
    assert updates.once().outcome == "up-to-date"
    assert repo.head("updates") == theirs


def test_a_branch_a_person_made_is_built_upon(updates):
    (repo,) = updates.repos
    theirs = repo.commit({"notes.txt": "mine\n"}, branch="updates", onto="main")
    assert updates.once().outcome == "pushed"
    assert repo.log("updates")[0].parents == (theirs,)


def test_a_branch_without_common_history_is_built_upon(updates):
    (repo,) = updates.repos
    tree = repo.git("rev-parse", "main^{tree}")
    theirs = repo.git("commit-tree", tree, "-m", "another root")
    repo.git("update-ref", "refs/heads/updates", theirs)
    assert updates.once().outcome == "pushed"
    assert repo.log("updates")[0].parents == (theirs,)


def test_a_persons_merge_of_the_base_survives(updates):
    (repo,) = updates.repos
    updates.once()
    repo.commit({"README.md": "newer\n"})
    merge = repo.git("commit-tree", "main^{tree}", "-p", "updates", "-p", "main", "-m", "Merge main")
    repo.git("update-ref", "refs/heads/updates", merge)
    updates.elect("3.0.0")
    assert updates.once().outcome == "pushed"
    assert repo.log("updates")[0].parents == (merge,)
    assert repo.read("README.md", "updates") == "newer\n"


def test_a_commit_a_person_amended_over_ours_survives(updates):
    (repo,) = updates.repos
    updates.once()
    theirs = repo.commit({"notes.txt": "mine\n"}, branch="updates", onto="updates", message="Update images")
    updates.elect("3.0.0")
    updates.once()
    assert theirs in {commit.id for commit in repo.log("updates")}


def test_our_own_branch_is_known_after_the_author_changed(updates):
    (repo,) = updates.repos
    updates.once()
    updates.spec["git"] = {**updates.spec["git"], "author": {"name": "newbot", "email": "new@example.com"}}
    updates.elect("3.0.0")
    updates.once()
    assert authors(repo) == ["newbot", "Ada", "Ada"]


def test_a_server_that_forbids_rewinding_gets_ours_on_top(updates):
    (repo,) = updates.repos
    repo.configure("receive.denyNonFastForwards")
    updates.once()
    first = repo.head("updates")
    updates.elect("3.0.0")
    assert updates.once().outcome == "pushed"
    assert repo.log("updates")[0].parents == (first,)
    assert tag_of(repo, revision="updates") == "3.0.0"
    assert updates.once().outcome == "skipped"
    repo.commit({"README.md": "newer\n"})
    assert updates.once().outcome == "up-to-date"


def test_a_branch_that_was_deleted_is_made_again(updates):
    (repo,) = updates.repos
    updates.once()
    repo.git("update-ref", "-d", "refs/heads/updates")
    assert updates.once().outcome == "pushed"
    assert repo.log("updates")[0].parents == (repo.head(),)


def test_the_checkout_branch_by_name_is_the_same_branch(updates):
    (repo,) = updates.repos
    updates.push["branch"] = "main"
    before = repo.head()
    updates.once()
    assert repo.log()[0].parents == (before,)
    assert list(repo.refs()) == ["refs/heads/main"]


def test_two_automations_with_one_push_branch_and_author_keep_each_others_edits(worlds, make_repo):
    repo = make_repo({"a/a.yaml": marked("1.0.0"), "b/b.yaml": marked("1.0.0")})
    world = worlds(repo.url, repo)
    world.push["branch"] = "updates"
    world.fleet["update"] = {"path": "a"}
    second = world.automation("second", update={"path": "b"})
    second["git"]["push"]["branch"] = "updates"
    for _ in range(3):
        assert all(outcome.outcome != "failed" for outcome in world.here())
    assert tag_of(repo, "a/a.yaml", "updates") == "2.0.0"
    assert tag_of(repo, "b/b.yaml", "updates") == "2.0.0"
    assert [outcome.outcome for outcome in world.here()] == ["skipped", "skipped"]


def test_a_persons_push_between_the_look_and_the_push_survives(updates):
    (repo,) = updates.repos
    updates.once()
    updates.elect("3.0.0")
    other = repo.commit({"notes.txt": "mine\n"}, branch="aside", onto="updates", author=PERSON)
    # The first push finds the branch moved by a person while it was on its way.
    repo.hook(
        "pre-receive",
        f'test -e "$GIT_DIR/moved" && exit 0\ntouch "$GIT_DIR/moved"\nunset GIT_QUARANTINE_PATH\n'
        f"git update-ref refs/heads/updates {other}\n",
    )
    assert updates.once().outcome == "pushed"
    assert repo.log("updates")[0].parents == (other,)
    assert repo.read("notes.txt", "updates") == "mine\n"
    assert tag_of(repo, revision="updates") == "3.0.0"


def test_going_on_top_after_a_refused_rewind_is_no_second_attempt(updates):
    updates.spec["git"]["pushAttempts"] = 1
    updates.repos[0].configure("receive.denyNonFastForwards")
    updates.once()
    updates.elect("3.0.0")
    assert updates.once().outcome == "pushed"


def test_two_gitbots_with_one_push_branch_and_author_come_to_keep_each_others_edits(worlds, make_repo):
    repo = make_repo({"a/a.yaml": marked("1.0.0"), "b/b.yaml": marked("1.0.0")})
    users = [worlds(repo.url, repo) for _ in range(2)]
    for user, path in zip(users, "ab", strict=True):
        user.push["branch"] = "updates"
        user.fleet["update"] = {"path": path}
    outcomes = [user.once().outcome for _ in range(4) for user in users]
    assert tag_of(repo, "a/a.yaml", "updates") == tag_of(repo, "b/b.yaml", "updates") == "2.0.0"
    assert "pushed" not in outcomes[4:]
