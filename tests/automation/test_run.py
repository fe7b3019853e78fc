"""One run of one automation on a real repository: when it does nothing, what it commits, and what it remembers."""

from datetime import UTC, datetime

import pytest

from tests.e2e.world import IMAGE, marked, requests_of

NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)


def tag_of(repo, path="apps/a.yaml", revision="main"):
    """The tag that stands in a file."""
    return repo.read(path, revision).split(f"{IMAGE}:")[1].split()[0]


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"README.md": "no YAML\n"}, id="no YAML"),
        pytest.param({"a.yaml": "image: x:1\n"}, id="no marker"),
        pytest.param({"a.yaml": marked("2.0.0")}, id="equal values"),
        pytest.param({"a.txt": marked("1.0.0")}, id="a marker outside YAML"),
    ],
)
def test_nothing_to_do_commits_nothing_and_is_remembered(worlds, make_repo, files):
    repo = make_repo(files)
    world, head = worlds(repo.url, repo), repo.head()
    outcome = world.once()
    assert (outcome.outcome, outcome.commit, outcome.problems) == ("up-to-date", "", ())
    assert repo.refs() == {"refs/heads/main": head}
    assert world.record().observed_source_revision == f"main@sha1:{head}"
    assert world.record().last_push_commit == ""
    assert world.once().outcome == "skipped"


def test_a_marked_image_is_committed_on_the_same_branch_and_nothing_else_is_touched(world):
    (repo,) = world.repos
    before = repo.head()
    outcome = world.once(now=NOW)
    (commit, first) = repo.log()
    assert (outcome.outcome, outcome.commit, outcome.branch) == ("pushed", commit.id, "main")
    assert commit.parents == (before,) == (first.id,)
    assert commit.author == commit.committer == "gitbot <gitbot@example.com>"
    assert (commit.author_time, commit.message) == (int(NOW.timestamp()), "Update images")
    assert repo.changed() == ["apps/a.yaml"]
    assert repo.read("apps/a.yaml") == marked("2.0.0")
    repo.check()


def test_after_a_push_the_record_says_so_and_the_next_run_skips(world):
    (repo,) = world.repos
    world.once(now=NOW)
    record = world.record()
    assert record.observed_source_revision == f"main@sha1:{repo.head()}"
    assert record.last_push_commit == record.push_branch_head == repo.head()
    assert record.last_push_time == record.last_automation_run_time == NOW
    assert str(record.observed_policies["podinfo"]) == f"{IMAGE}:2.0.0"
    later = NOW.replace(hour=13)
    assert world.once(now=later).outcome == "skipped"
    after = world.record()
    assert after.last_automation_run_time == later
    assert (after.last_push_commit, after.last_push_time) == (record.last_push_commit, NOW)
    assert world.history() == ["pushed"]


@pytest.mark.server
def test_a_skipped_run_asks_for_refs_once_and_fetches_nothing(worlds, git_http):
    repo = git_http.repo("skip", {"a.yaml": marked("1.0.0")})
    world = worlds(git_http.url(repo), repo)
    world.once()
    before = len(git_http.requests(repo))
    assert world.once().outcome == "skipped"
    assert requests_of(git_http.requests(repo)[before:]) == ["hello", "ask"]  # one ls-remote of protocol 2


@pytest.mark.server
def test_a_skipped_run_with_a_push_branch_and_refspecs_asks_as_little(worlds, git_http):
    repo = git_http.repo("skip-push", {"a.yaml": marked("1.0.0")})
    world = worlds(git_http.url(repo), repo)
    world.push.update(branch="updates", refspec=["HEAD:refs/heads/copy"])
    assert world.once().outcome == "pushed"
    before = len(git_http.requests(repo))
    assert world.once().outcome == "skipped"
    assert requests_of(git_http.requests(repo)[before:]) == ["hello", "ask"]


def test_a_source_that_moved_without_markers_is_noted_and_not_committed_to(world):
    (repo,) = world.repos
    pushed = world.once().commit
    head = repo.commit({"README.md": "changed\n"})
    assert world.once().outcome == "up-to-date"
    record = world.record()
    assert (record.observed_source_revision, record.last_push_commit) == (f"main@sha1:{head}", pushed)
    assert repo.head() == head
    assert world.once().outcome == "skipped"


def test_a_policy_that_moved_and_that_no_marker_names_is_noted(world):
    (repo,) = world.repos
    world.policy("other", "1.0.0")
    world.once()
    head = repo.head()
    world.elect("1.1.0", "other")
    assert world.once().outcome == "up-to-date"
    assert world.record().observed_policies["other"].tag == "1.1.0"
    assert repo.head() == head


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda world: world.elect("3.0.0"), id="a new tag"),
        pytest.param(lambda world: world.policy("more", "1.0.0"), id="one more policy"),
        pytest.param(lambda world: world.spec["policies"].clear(), id="no policy any more"),
        pytest.param(lambda world: world.spec["policies"][0].update(name="renamed"), id="a renamed policy"),
        pytest.param(
            lambda world: world.spec["policies"][0]["policy"]["fixed"].update(digest=f"sha256:{'0' * 64}"),
            id="a digest only",
        ),
        pytest.param(lambda world: world.fleet.update(update={"path": "./apps"}), id="the update path"),
        pytest.param(
            lambda world: world.fleet["git"]["commit"].update(messageTemplate="Other words\n"),
            id="the message's template",
        ),
        pytest.param(lambda world: world.spec["policies"][0].update(labels={"a": "b"}), id="a label"),
        pytest.param(lambda world: world.push.update(options={"a": "b"}), id="the push options"),
        pytest.param(lambda world: world.push.update(branch="other"), id="the push branch"),
        pytest.param(lambda world: world.repos[0].commit({"new.yaml": "a: 1\n"}), id="the source"),
    ],
)
def test_what_moved_costs_a_full_run(world, change):
    world.once()
    change(world)
    assert world.once().outcome in {"pushed", "up-to-date"}
    assert world.once().outcome == "skipped"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda world: world.fleet.update(interval="7m"), id="the interval"),
        pytest.param(lambda world: world.repository.update(timeout="33s"), id="the timeout"),
        pytest.param(lambda world: world.spec.update(git={**world.spec["git"], "pushAttempts": 3}), id="how often"),
    ],
)
def test_what_only_says_when_and_how_long_costs_no_full_run(world, change):
    world.once()
    change(world)
    assert world.once().outcome == "skipped"


def test_a_template_file_that_changed_costs_a_full_run(world):
    template = world.folder / "message.j2"
    template.write_text("One\n")
    world.fleet["git"]["commit"] = {"messageTemplateFile": "message.j2"}
    world.once()
    assert world.once().outcome == "skipped"
    template.write_text("Two\n")
    assert world.once().outcome == "up-to-date"


def test_force_runs_in_full(world):
    world.once()
    assert world.once(force=True).outcome == "up-to-date"
    assert world.history() == ["pushed", "up-to-date"]


def test_a_marker_that_was_put_back_is_changed_again(world):
    (repo,) = world.repos
    world.once()
    repo.commit({"apps/a.yaml": marked("1.0.0")})
    assert world.once().outcome == "pushed"
    assert tag_of(repo) == "2.0.0"


def test_a_dry_run_changes_nothing_anywhere(world):
    (repo,) = world.repos
    refs = repo.refs()
    outcome = world.once(dry=True)
    assert outcome.outcome == "planned"
    assert "-          image: ghcr.io/example/podinfo:1.0.0" in outcome.diff
    assert outcome.message == "Update images\n"
    assert repo.refs() == refs
    assert not (world.folder / "state.db").exists()
    world.once()
    world.elect("3.0.0")
    record, runs, refs = world.record(), world.history(), repo.refs()
    assert world.once(dry=True).outcome == "planned"
    assert (world.record(), world.history(), repo.refs()) == (record, runs, refs)


def test_a_dry_run_plans_again_what_is_up_to_date(world):
    world.once()
    assert world.once(dry=True).outcome == "up-to-date"
    assert world.history() == ["pushed"]


def test_a_suspended_automation_touches_nothing(world):
    (repo,) = world.repos
    world.fleet["suspend"] = True
    head = repo.head()
    assert world.once().outcome == "suspended"
    assert repo.head() == head
    assert world.history() == []
    assert not (world.folder / "cache").exists()


@pytest.mark.parametrize(
    ("stall", "words"),
    [
        pytest.param(
            lambda world: world.fleet["git"]["commit"].update(signingKey={"secretRef": {"name": "key"}}),
            "unsigned",
            id="a signing key",
        ),
        pytest.param(lambda world: world.repository.update(provider="azure"), "azure", id="a provider"),
    ],
)
def test_a_stalled_automation_never_pushes_also_by_force(world, stall, words):
    (repo,) = world.repos
    stall(world)
    head = repo.head()
    for force in (False, True):
        outcome = world.once(force=force)
        assert outcome.outcome == "failed"
        assert words in outcome.error.message
    assert repo.refs() == {"refs/heads/main": head}
    assert {item.type: item.status for item in world.record().conditions}["Stalled"] == "True"


def test_author_and_committer_are_as_configured(world):
    (repo,) = world.repos
    world.fleet["git"]["commit"]["author"] = {"name": "Bot Á", "email": "bot@example.com"}
    world.fleet["git"]["commit"]["committer"] = {"email": "ci@example.com"}
    world.once(now=NOW)
    (commit, _) = repo.log()
    assert (commit.author, commit.committer) == ("Bot Á <bot@example.com>", "ci <ci@example.com>")
    assert repo.git("show", "-s", "--format=%ai|%ci", "main") == "2026-11-20 12:30:00 +0000|2026-11-20 12:30:00 +0000"


def test_several_update_paths_and_excludes_choose_the_files(worlds, make_repo):
    places = ("a/x.yaml", "a/skip/x.yaml", "b/x.yaml", "b/y.yml", "c/x.yaml", "Kustomization")
    repo = make_repo({place: marked("1.0.0") for place in places})
    world = worlds(repo.url, repo)
    world.fleet["update"] = {"path": ["./a", "b/y.yml", "c"], "exclude": ["a/skip", "c/*.yaml"]}
    world.once()
    assert repo.changed() == ["a/x.yaml", "b/y.yml"]


def test_a_path_that_is_not_there_fails_and_the_next_run_tries_again(world):
    (repo,) = world.repos
    world.fleet["update"] = {"path": "elsewhere"}
    outcome = world.once()
    assert outcome.outcome == "failed"
    assert "'elsewhere' is not in the repository" in outcome.error.message
    assert world.record().observed_source_revision == ""
    repo.commit({"elsewhere/a.yaml": marked("1.0.0")})
    assert world.once().outcome == "pushed"


def test_modes_and_links_are_kept(worlds, make_repo):
    from tests.servers.git_repo import Executable, Gitlink, Symlink

    repo = make_repo(
        {
            "a.yaml": Executable(marked("1.0.0")),
            "link.yaml": Symlink("a.yaml"),
            "gone.yaml": Symlink("nowhere"),
            "sub": Gitlink(),
        }
    )
    before = repo.modes()
    world = worlds(repo.url, repo)
    assert world.once().outcome == "pushed"
    assert repo.modes() == before
    assert repo.changed() == ["a.yaml"]


def test_a_policy_of_another_namespace_or_not_selected_is_a_problem_and_no_change(worlds, make_repo):
    repo = make_repo(
        {
            "one.yaml": marked("1.0.0", "foo:p1"), "two.yaml": marked("1.0.0", "foo:p2"),
            "three.yaml": marked("1.0.0", "bar:p3"), "four.yaml": marked("1.0.0", "foo:p4"),
        }
    )  # fmt: skip
    world = worlds(repo.url, repo)
    world.spec["policies"] = []
    world.policy("p1", "2.0.0", namespace="foo", labels={"label": "one"})
    world.policy("p2", "2.0.0", namespace="foo", labels={"label": "two"})
    world.policy("p3", "2.0.0", namespace="bar", labels={"label": "one"})
    world.spec["policies"].append(
        {"name": "p4", "namespace": "foo", "image": IMAGE, "policy": {"alphabetical": {"order": "asc"}}}
    )
    world.repository["namespace"] = "foo"
    world.fleet["namespace"] = "foo"
    world.fleet["policySelector"] = {"matchLabels": {"label": "one"}}
    outcome = world.once()
    assert repo.changed() == ["one.yaml"]
    assert {problem.path for problem in outcome.problems} >= {"two.yaml", "three.yaml", "four.yaml"}
    assert set(world.record(namespace="foo").observed_policies) == {"p1"}
    world.fleet["policySelector"] = {}
    world.once()
    assert repo.changed() == ["two.yaml"]
    assert set(world.record(namespace="foo").observed_policies) == {"p1", "p2"}


def test_problems_are_said_again_when_a_run_is_skipped(world):
    (repo,) = world.repos
    repo.commit({"b.yaml": marked("1.0.0", "default:unknown")})
    first = world.once()
    assert [problem.code for problem in first.problems] == ["unknown-policy"]
    again = world.once()
    assert (again.outcome, again.problems) == ("skipped", first.problems)


def test_a_template_with_an_unknown_field_pushes_nothing_and_names_it(world):
    (repo,) = world.repos
    head = repo.head()
    world.fleet["git"]["commit"]["messageTemplate"] = "Automation\n{{ changed.image_result }}\n"
    outcome = world.once()
    assert outcome.outcome == "failed"
    assert "image_result" in outcome.error.message
    assert repo.refs() == {"refs/heads/main": head}


def test_a_run_after_a_failure_is_a_full_one(world):
    (repo,) = world.repos
    world.once()
    away = repo.path.with_suffix(".away")
    repo.path.rename(away)
    assert world.once().outcome == "failed"
    assert world.record().observed_source_revision == f"main@sha1:{world.record().last_push_commit}"
    away.rename(repo.path)
    assert world.once().outcome == "up-to-date"
    assert world.history() == ["pushed", "failed", "up-to-date"]


def test_push_options_reach_the_hook(world):
    (repo,) = world.repos
    repo.hook("pre-receive", 'env | grep "^GIT_PUSH_OPTION" | sort > "$GIT_DIR/options"')
    world.push["options"] = {"ci.skip": "", "merge_request.title": "$(touch x); --force"}
    world.once()
    assert (repo.path / "options").read_text().splitlines() == [
        "GIT_PUSH_OPTION_0=ci.skip", "GIT_PUSH_OPTION_1=merge_request.title=$(touch x); --force", "GIT_PUSH_OPTION_COUNT=2",
    ]  # fmt: skip


def test_the_seeds_fixtures_end_as_flux_leaves_them(worlds, make_repo):
    digest = "sha256:6745aaad46d795c9836632e1fb62f24b7e7f4c843144da8e47a5465c411a14be"
    line = '{} # {{"$imagepolicy": "automation-ns:{}"}}\n'.format
    kustomization = (
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nimages:\n- name: container\n  newName: "
        f"{line('replaced', 'policy:name')}  newTag: {line('v1', 'policy:tag')}- name: other\n  newDigest: "
        f"{line('sha256:1234567890abcdef', 'policy-with-digest:digest')}"
    )
    cronjob = f"kind: CronJob # the comment must stäy!\nimage: {line('image:v1.0.0', 'policy')}second: {line('image:v1.0.0', 'unchanged')}"
    other = 'image: image:v1.0.0 # {"$imagepolicy": "other-namespace:policy"}\n'
    files = {"marked.yaml": cronjob, "kustomization.yml": kustomization, "Kustomization": kustomization}
    repo = make_repo({**files, "otherns.yaml": other, "unmarked.yaml": "image: image:v1.0.0\n"})
    world = worlds(repo.url, repo)
    world.repository["namespace"] = world.fleet["namespace"] = "automation-ns"
    world.spec["policies"] = []
    world.policy("policy", "v1.0.1", image="index.repo.fake/updated", namespace="automation-ns")
    world.policy("unchanged", "v1.0.0", image="image", namespace="automation-ns")
    with_digest = world.policy("policy-with-digest", "v1.0.0", image="image", namespace="automation-ns")
    with_digest["policy"]["fixed"]["digest"] = digest
    outcome = world.once()
    assert repo.changed() == ["Kustomization", "kustomization.yml", "marked.yaml"]
    assert repo.read("marked.yaml") == cronjob.replace("image:v1.0.0", "index.repo.fake/updated:v1.0.1", 1)
    changed = kustomization.replace("replaced", "index.repo.fake/updated").replace("newTag: v1 ", "newTag: v1.0.1 ")
    assert repo.read("kustomization.yml") == changed.replace("sha256:1234567890abcdef", digest)
    [kustomization] = [file for file in outcome.result["files"] if file["path"] == "Kustomization"]
    setters = [change["setter"] for change in kustomization["objects"][0]["changes"]]
    assert setters == [
        "automation-ns:policy:name",
        "automation-ns:policy:tag",
        "automation-ns:policy-with-digest:digest",
    ]
    assert [problem.path for problem in outcome.problems] == ["otherns.yaml"]
