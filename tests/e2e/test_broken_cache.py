"""A cache that is damaged, locked, foreign or cannot be written: the run mends it or says one clear thing."""

import os
import shutil

import pytest

from tests.automation.test_run import tag_of
from tests.e2e.world import marked


def bare(world):
    """The cached repository."""
    (found,) = (world.folder / "cache").glob("*/repository.git")
    return found


def empty_objects(world):
    for path in (bare(world) / "objects").rglob("*"):
        if path.is_file():
            path.chmod(0o600)
            path.write_bytes(b"")


def cut_objects(world):
    for path in (bare(world) / "objects").rglob("*"):
        if path.is_file():
            path.chmod(0o600)
            path.write_bytes(path.read_bytes()[:-7])


def no_objects(world):
    shutil.rmtree(bare(world) / "objects")
    (bare(world) / "objects").mkdir()


def no_blobs(world):
    """Keep commits and trees, lose every file."""
    cache = bare(world)
    for pack in (cache / "objects" / "pack").glob("*"):
        pack.unlink()


def damaged_refs(world):
    for path in (bare(world) / "refs").rglob("*"):
        if path.is_file():
            path.write_text("not a commit\n")


def foreign(world):
    """Another repository in its place."""
    from tests.servers.git_repo import GitRepo

    other = GitRepo.create(world.folder / "other.git", {"b.yaml": marked("0.1.0")})
    shutil.rmtree(bare(world))
    other.path.rename(next((world.folder / "cache").iterdir()) / "repository.git")


def wrong_memory(world):
    """What was remembered of the scanned tree is nonsense, or of somebody else."""
    for path in next((world.folder / "cache").iterdir()).glob("memory-*.json"):
        path.write_text(
            '{"tree": "0000000000000000000000000000000000000001", "files": {"x.yaml": ["zz", [1]]}, "problems": []}'
        )


def half_made(world):
    folder = next((world.folder / "cache").iterdir())
    (folder / "making.git").mkdir()
    (folder / "making.git" / "HEAD").write_text("ref: refs/heads/none\n")
    shutil.rmtree(folder / "repository.git")


@pytest.mark.parametrize(
    "harm",
    [
        empty_objects, cut_objects, no_objects, no_blobs, damaged_refs, foreign, wrong_memory, half_made,
        pytest.param(lambda world: (bare(world) / "HEAD").unlink(), id="no_HEAD"),
        pytest.param(lambda world: (bare(world) / "config").write_text("[broken"), id="broken_config"),
        pytest.param(lambda world: (bare(world) / "shallow").write_text("junk\n"), id="broken_shallow"),
        pytest.param(lambda world: shutil.rmtree(bare(world)), id="no_repository"),
        pytest.param(lambda world: shutil.rmtree(world.folder / "cache"), id="no_cache"),
        pytest.param(lambda world: (bare(world) / "objects").chmod(0o500), id="read_only_objects"),
    ],
)  # fmt: skip
def test_a_harmed_cache_is_mended_within_the_run(world, harm):
    (repo,) = world.repos
    world.once()
    repo.commit({"more.yaml": marked("1.0.0", name="more")})
    world.elect("3.0.0")
    harm(world)
    outcome = world.once()
    assert outcome.outcome == "pushed", outcome.error
    assert tag_of(repo) == tag_of(repo, "more.yaml") == "3.0.0"
    assert repo.count() == 4
    repo.check()
    assert world.once().outcome == "skipped"


@pytest.mark.parametrize(
    "name", ["shallow.lock", "packed-refs.lock", "config.lock", "refs/seen/heads/main.lock", "HEAD.lock"]
)
def test_lock_files_that_a_killed_git_left_stop_nothing(world, name):
    (repo,) = world.repos
    world.once()
    (bare(world) / name).touch()
    repo.commit({"apps/a.yaml": marked("1.0.0")})
    assert world.once().outcome == "pushed"


def test_a_broken_cache_under_several_automations_is_mended_for_all(world):
    (repo,) = world.repos
    world.fleet["update"] = {"path": "apps"}
    for name in ("second", "third"):
        world.policy(name, "2.0.0")
        world.automation(name, update={"path": name})
        repo.commit({f"{name}/x.yaml": marked("1.0.0", f"default:{name}")})
    world.here()
    for policy in ("podinfo", "second", "third"):
        world.elect("3.0.0", policy)
    empty_objects(world)
    assert [outcome.outcome for outcome in world.here()] == ["pushed"] * 3
    assert [tag_of(repo, path) for path in ("apps/a.yaml", "second/x.yaml", "third/x.yaml")] == ["3.0.0"] * 3


@pytest.mark.parametrize(
    "place",
    [
        pytest.param("file/cache", id="below a file"),
        pytest.param("/proc/no-such/cache", id="below what takes no folder"),
    ],
)
def test_a_cache_folder_that_cannot_be_made_is_one_error(world, place):
    (world.folder / "file").write_text("")
    world.spec["cacheDir"] = place
    ran = world.run()
    assert (ran.code, ran.one["outcome"]) == (1, "failed")
    assert "cache folder" in ran.error
    assert "Traceback" not in ran.err


def test_a_lock_file_that_is_a_link_is_not_followed(world, tmp_path):
    world.once()
    victim = tmp_path / "victim"
    lock = next((world.folder / "cache").iterdir()) / "lock"
    lock.unlink()
    lock.symlink_to(victim)
    world.elect("3.0.0")
    outcome = world.once()
    assert outcome.outcome == "failed"
    assert "cannot be used" in outcome.error.message
    assert not victim.exists()


def test_a_disk_that_is_full_is_one_error_and_the_next_run_is_well(world):
    """A limit on the size of files, which git meets as it meets a full disk."""
    (repo,) = world.repos
    repo.commit({"big.bin": os.urandom(300_000)})
    head = repo.head()
    ran = world.finish(world.start_limited(100_000, "run", "-c", str(world.config), "--output", "json"))
    assert (ran.code, ran.one["outcome"]) == (1, "failed"), ran.err
    assert "Traceback" not in ran.err
    assert repo.head() == head
    assert world.run().one["outcome"] == "pushed"


def test_a_cache_that_has_grown_old_is_made_anew(world):
    from gitbot.source.cache import MAX_PACKS

    (repo,) = world.repos
    world.once()
    pack = bare(world) / "objects" / "pack"
    for number in range(MAX_PACKS + 1):
        (pack / f"pack-{number:040x}.pack").touch()
    repo.commit({"apps/a.yaml": marked("1.0.0")})
    assert world.once().outcome == "pushed"
    assert len(list((bare(world) / "objects" / "pack").glob("*.pack"))) <= 1


def test_a_disk_that_is_full_when_the_memory_is_written_costs_nothing_else(world):
    world.once()
    (repo,) = world.repos
    right = {f"more/{'x' * 100}-{number}.yaml": marked("2.0.0") for number in range(2000)}
    repo.commit({**right, "apps/a.yaml": marked("1.0.0")})
    ran = world.finish(world.start_limited(300_000, "run", "-c", str(world.config), "--output", "json"))
    assert (ran.code, ran.one["outcome"]) == (0, "pushed"), ran.err
    assert repo.read("apps/a.yaml") == marked("2.0.0")


@pytest.mark.parametrize("text", ["[" * 100_000, '{"tree": "x", "files": {}, "problems": []}', "null", '{"tree": 5}'])
def test_a_damaged_memory_is_forgotten(world, text):
    world.once()
    for memory in world.folder.glob("cache/*/memory-*.json"):
        memory.write_text(text)
    world.elect("3.0.0")
    assert world.once().outcome == "pushed"
