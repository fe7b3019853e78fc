"""The server refuses: one error in its own words, exit code 1, nothing pushed, and the other automations go on."""

import pytest

from tests.automation.test_run import tag_of
from tests.e2e.world import marked
from tests.servers import git_http as http

pytestmark = pytest.mark.server
CANARY = "canary-Pa55 w/rd%&'\"-31e7"


@pytest.fixture
def two(worlds, git_http):
    """A repository that refuses and one that does not, both behind a password; an automation for each."""
    files = {"apps/a.yaml": marked("1.0.0")}
    first, second = git_http.repo("refusing", files), git_http.repo("willing", files)
    world = worlds(git_http.url(first, "basic"), first, second)
    auth = {"username": http.USER, "password": world.secret("password", http.PASSWORD)}
    world.repository["auth"] = auth
    world.spec["repositories"].append({"name": "willing", "url": git_http.url(second, "basic"), "auth": auth})
    world.automation("willing")["sourceRef"] = {"name": "willing"}
    return world


def refused(world, *words):
    """Run; assert the one error with these words, and that the other automation pushed."""
    first, second = world.repos
    refs = first.refs()
    ran = world.run()
    assert ran.code == 1
    found = ran.outcomes["fleet"]
    assert (found["outcome"], found["commit"]) == ("failed", "")
    for word in words:
        assert word in found["error"], found["error"]
    assert first.refs() == refs
    assert (ran.outcomes["willing"]["outcome"], tag_of(second)) == ("pushed", "2.0.0")
    assert "Traceback" not in ran.err
    return found


@pytest.mark.parametrize("hook", ["pre-receive", "update"])
def test_a_hook_refuses_in_its_own_words(two, hook):
    two.repos[0].refuse("Commits by robots are not welcome here.\nAsk ops@example.com.", hook=hook)
    refused(two, "Commits by robots are not welcome here.", "Ask ops@example.com.", "hook declined")


def test_a_protected_branch(two):
    two.repos[0].protect("main")
    refused(two, "GH006: Protected branch update failed for refs/heads/main")


def test_a_refusal_is_not_tried_again_within_the_run(two):
    repo = two.repos[0]
    repo.hook("pre-receive", 'echo x >> "$GIT_DIR/pushes"; echo no >&2; exit 1')
    refused(two, "no")
    assert (repo.path / "pushes").read_text() == "x\n"


def test_a_server_without_the_right_to_write(two):
    two.repos[0].configure("http.receivepack", "false")
    found = refused(two, "403")
    assert "rights" in found["hint"]


def test_a_wrong_password_is_refused_and_not_shown(two):
    two.repository["auth"] = {"username": http.USER, "password": two.secret("wrong", CANARY)}
    refused(two, "cannot list the refs")


def test_a_wrong_token_is_refused_and_not_shown(two, git_http):
    two.repository["auth"] = {"token": two.secret("token", CANARY)}
    two.repository["url"] = git_http.url(two.repos[0], "bearer")
    refused(two, "cannot list the refs")


def test_a_repository_that_is_not_there(two, git_http):
    two.repository["url"] = f"{git_http.origin()}/basic/absent.git"
    found = refused(two, "absent.git", "not found")
    assert "check the URL" in found["hint"]


def test_a_branch_below_another_branch_ends_soon(two):
    two.push["branch"] = "main/x"
    refused(two, "refs/heads/main/x", "although the branch has not moved")


def test_a_branch_above_other_branches_ends_soon(two):
    two.repos[0].git("update-ref", "refs/heads/updates/x", "main")
    two.push["branch"] = "updates"
    refused(two, "refs/heads/updates", "although the branch has not moved")


def test_push_options_that_the_server_does_not_take(two):
    two.repos[0].configure("receive.advertisePushOptions", "false")
    two.push["options"] = {"ci.skip": ""}
    refused(two, "push options")


def test_after_a_refusal_nothing_is_observed_and_the_next_run_tries_again(two):
    first, _ = two.repos
    first.refuse("not now")
    refused(two, "not now")
    record = two.record()
    assert (record.observed_source_revision, record.last_push_commit, record.intent) == ("", "", None)
    (first.path / "hooks" / "pre-receive").unlink()
    assert two.run().outcomes["fleet"]["outcome"] == "pushed"
    assert two.history() == ["failed", "pushed"]


def test_ssh_refuses_a_stranger_and_an_unknown_host(two, git_ssh):
    repo = two.repos[0]
    two.repository.update(url=git_ssh.url(repo))
    stranger = two.secret("identity", git_ssh.stranger.read_text())
    for auth, words in (
        ({"identity": stranger, "knownHosts": {"file": str(git_ssh.known_hosts)}}, "Permission denied"),
        (
            {"identity": stranger, "knownHosts": {"file": str(git_ssh.wrong_known_hosts)}},
            "Host key verification failed",
        ),
    ):
        two.repository["auth"] = auth
        ran = two.run()
        assert ran.code == 1
        assert words in ran.outcomes["fleet"]["error"]


def test_ssh_and_https_with_a_private_authority_push(two, git_http, git_ssh):
    first, second = two.repos
    two.repository.update(
        url=git_ssh.url(first),
        auth={
            "identity": two.secret("identity", git_ssh.locked_identity.read_text()),
            "passphrase": two.secret("passphrase", "canary-ssh-passphrase-77ac"),
            "knownHosts": {"file": str(git_ssh.known_hosts)},
        },
    )
    two.spec["repositories"][1].update(
        url=git_http.url(second, "bearer", "https"),
        auth={"token": two.secret("token", http.TOKEN), "ca": {"file": str(git_http.tls.ca)}},
    )
    ran = two.run()
    assert {name: item["outcome"] for name, item in ran.outcomes.items()} == {"fleet": "pushed", "willing": "pushed"}
    assert tag_of(first) == tag_of(second) == "2.0.0"


def test_a_proxy_is_used_and_its_password_not_shown(two, proxy):
    from tests.servers import proxy as place

    before = len(proxy.requests())
    two.repository["proxy"] = {
        "address": proxy.address, "username": place.USER, "password": two.secret("proxy", place.PASSWORD),
    }  # fmt: skip
    assert two.run().code == 0
    assert len(proxy.requests()) > before
    two.repository["proxy"]["password"] = two.secret("wrong", CANARY)
    two.elect("3.0.0")
    ran = two.run()
    assert ran.outcomes["fleet"]["outcome"] == "failed"
    assert "check the credential" in ran.outcomes["fleet"]["hint"]
