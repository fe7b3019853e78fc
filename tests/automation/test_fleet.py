"""Several automations: those on one repository share what is asked and fetched, and one that fails stops no other."""

import pytest

from tests.automation.test_run import tag_of
from tests.e2e.world import marked, requests_of


def two(world, count=2):
    """Automations on folders a, b, … of one repository, each with a policy of its own."""
    world.spec["automations"].clear()
    for letter in "abcdefgh"[:count]:
        world.policy(letter, "2.0.0")
        world.automation(letter, update={"path": letter})
    return {f"{letter}/x.yaml": marked("1.0.0", f"default:{letter}") for letter in "abcdefgh"[:count]}


@pytest.mark.server
def test_automations_on_one_repository_share_one_question_and_one_fetch(worlds, git_http):
    repo = git_http.repo("shared")
    world = worlds(git_http.url(repo), repo)
    repo.commit(two(world, 4))
    assert [outcome.outcome for outcome in world.here()] == ["pushed"] * 4
    kinds = requests_of(git_http.requests(repo))
    # One ls-remote (hello, ask) and one fetch (hello, ask for refs, ask for the pack), then nothing but pushes.
    assert [kind for kind in kinds if "push" not in kind] == ["hello", "ask", "hello", "ask", "ask"]
    assert kinds.count("push") == 4
    before = len(git_http.requests(repo))
    # The others' commits moved the branch for all but the last, and are in the cache.
    assert [outcome.outcome for outcome in world.here()] == ["up-to-date"] * 3 + ["skipped"]
    assert [outcome.outcome for outcome in world.here()] == ["skipped"] * 4
    assert requests_of(git_http.requests(repo)[before:]) == ["hello", "ask"] * 2
    assert repo.count() == 5


def test_after_its_own_pushes_a_fleet_settles(worlds, make_repo):
    repo = make_repo()
    world = worlds(repo.url, repo)
    repo.commit(two(world))
    assert [outcome.outcome for outcome in world.here()] == ["pushed", "pushed"]
    world.here()
    head = repo.head()
    assert [outcome.outcome for outcome in world.here()] == ["skipped", "skipped"]
    assert repo.head() == head


def test_one_that_fails_stops_no_other(worlds, make_repo):
    repo = make_repo()
    world = worlds(repo.url, repo)
    repo.commit(two(world, 8))
    a, b, c, d, e, f, g, _ = world.spec["automations"]
    a["update"] = {"path": "absent"}
    b["suspend"] = True
    c["git"]["commit"]["signingKey"] = {"secretRef": {"name": "key"}}
    d["git"]["checkout"] = {"ref": {"branch": "absent"}}
    e["git"]["commit"]["messageTemplate"] = "{{ nothing }}"
    world.spec["repositories"] += [
        {"name": "gone", "url": f"{repo.url}.gone"},
        {"name": "secret", "url": "https://127.0.0.1:1/x.git", "auth": {"token": {"env": "NOT_SET_ANYWHERE"}}},
    ]
    f["sourceRef"] = {"name": "gone"}
    g["sourceRef"] = {"name": "secret"}
    outcomes = {outcome.name: outcome for outcome in world.here()}
    assert {name: outcome.outcome for name, outcome in outcomes.items()} == {
        "a": "failed", "b": "suspended", "c": "failed", "d": "failed", "e": "failed", "f": "failed", "g": "failed",
        "h": "pushed",
    }  # fmt: skip
    assert "NOT_SET_ANYWHERE" in outcomes["g"].error.message
    assert repo.changed() == ["h/x.yaml"]
    assert [world.history(name) for name in "acdefg"] == [["failed"]] * 6


def test_one_invalid_policy_fails_alone(worlds, make_repo):
    repo = make_repo()
    world = worlds(repo.url, repo)
    repo.commit(two(world))
    world.spec["policies"] = []
    world.spec["resultsFrom"] = ["results.json"]
    (world.folder / "results.json").write_text(
        '{"default:a": "NOT/valid:!", "default:b": "ghcr.io/example/podinfo:3.0.0"}'
    )
    outcomes = {outcome.name: outcome for outcome in world.here()}
    assert outcomes["b"].outcome == "pushed"
    assert tag_of(repo, "b/x.yaml") == "3.0.0"
    assert tag_of(repo, "a/x.yaml") == "1.0.0"
    assert all(outcome.failed for outcome in outcomes.values())
    assert any(problem.code == "policy-failed" and "default:a" in problem.message for problem in outcomes["a"].problems)


def test_only_the_named_ones_run(worlds, make_repo):
    repo = make_repo()
    world = worlds(repo.url, repo)
    repo.commit(two(world, 3))
    assert [outcome.name for outcome in world.here("b", "default/c")] == ["b", "c"]
    assert repo.changed() == ["c/x.yaml"]
    assert tag_of(repo, "a/x.yaml") == "1.0.0"


def test_two_automations_that_want_one_field_differently_each_say_so_and_end(worlds, make_repo):
    repo = make_repo({"x.yaml": marked("1.0.0", "default:a")})
    world = worlds(repo.url, repo)
    two(world)
    for item in world.spec["automations"]:
        del item["update"]
    assert [outcome.outcome for outcome in world.here()] == ["pushed", "up-to-date"]
