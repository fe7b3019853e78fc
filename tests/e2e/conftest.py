"""A user's gitbot for each test; whatever the test did, nothing is left behind and no secret is anywhere."""

import pytest

from tests.e2e.world import World


@pytest.fixture
def worlds(tmp_path):
    """Make users of repositories: `worlds(url, repo)`."""
    made = []

    def make(url, *repos):
        made.append(World.make(tmp_path / f"user{len(made)}", url, *repos))
        return made[-1]

    yield make
    for world in made:
        world.stop()
    for world in made:
        world.check()


@pytest.fixture
def world(worlds, make_repo):
    """A user of a local repository with one marked file at tag 1.0.0; the repository is `world.repos[0]`."""
    from tests.e2e.world import marked

    repo = make_repo({"apps/a.yaml": marked("1.0.0"), "README.md": "hello\n"})
    return worlds(repo.url, repo)
