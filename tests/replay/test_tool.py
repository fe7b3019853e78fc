"""The replay tool on a generated history of several hundred commits, on folders, and on edits that are wrong on purpose."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.replay.compare import compare, elected, meaning
from tests.replay.history import commits_of
from tests.replay.replay import main

BOT, PERSON = "fluxcdbot <bot@flux.invalid>", "Ada <ada@example.invalid>"
POLICIES, ROUNDS = 12, 360
M = '# {"$imagepolicy": "farm:%s"}'


def text(policy: int, version: str, *, tidy: bool, quoted: bool = False) -> str:
    """One of three styles of file for a policy; tidy is how Flux would lay it out."""
    name = f"p{policy}"
    image = f"image: cr.farm.invalid/{name}:{version} {M % name}"
    if policy % 3 == 0:
        return f"kind: Pod\nspec:\n  containers:\n  - {image}\n    name: {name}\n"
    if policy % 3 == 1:
        tag = f'"{version}"' if quoted else version
        return (
            f"image:\n  repository: cr.farm.invalid/{name} {M % (name + ':name')}\n  tag: {tag} {M % (name + ':tag')}\n"
        )
    return f"kind: Pod\nspec:\n  {image}\n" if tidy else f"---\nkind: Pod\n\nspec:\n    {image}\n"


class History:
    """A fast-import stream that grows commit by commit."""

    def __init__(self) -> None:
        self.stream: list[bytes] = []
        self.clock = 1_700_000_000

    def commit(self, who: str, message: str, files: dict[str, str]) -> None:
        self.clock += 60
        self.stream.append(f"commit refs/heads/main\ncommitter {who} {self.clock} +0000\n".encode())
        self.stream.append(b"data %d\n%s\n" % (len(message.encode()), message.encode()))
        for path, content in files.items():
            data = content.encode()
            self.stream.append(f'M 100644 inline "{path}"\n'.encode() + b"data %d\n%s\n" % (len(data), data))

    def write(self, repository: Path) -> Path:
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(repository)], check=True)
        subprocess.run(
            ["git", "-C", str(repository), "fast-import", "--quiet"], input=b"".join(self.stream), check=True
        )
        return repository


def path_of(policy: int) -> str:
    return f"apps/p{policy}/app.yaml"


def version_of(step: int) -> str:
    return f"1.{step}" if step % 5 == 0 else f"1.{step}.0"


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """360 commits of the bot, every 9th of two policies; a person's commits between; some files untidy at first."""
    history = History()
    history.commit(PERSON, "start", {path_of(n): text(n, "1.0.0", tidy=n % 6 == 2) for n in range(POLICIES)})
    quoted: set[int] = set()
    for step in range(1, ROUNDS + 1):
        bumped = {step % POLICIES, (step + 5) % POLICIES} if step % 9 == 0 else {step % POLICIES}
        version = version_of(step)
        quoted |= bumped if version.count(".") == 1 else set()  # 1.10 needs quotes, and they stay
        files = {path_of(n): text(n, version, tidy=True, quoted=n in quoted) for n in bumped}
        history.commit(BOT, f"Update {step}", files)
        if step % 20 == 0:
            history.commit(PERSON, f"docs {step}", {"README.md": f"{step}\n", path_of(0): text(0, "9.9.9", tidy=True)})
    return history.write(tmp_path_factory.mktemp("history") / "farm.git")


def report(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, object]]:
    code = main(["--json", *arguments])
    return code, json.loads(capsys.readouterr().out)


def test_a_history_without_the_bot_has_nothing_to_compare(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    history = History()
    history.commit(PERSON, "start", {"a.yaml": text(0, "1.0.0", tidy=True)})
    assert report(capsys, "history", str(history.write(tmp_path / "a.git"))) == (0, {"files": {}, "odd": []})


def test_every_commit_of_a_long_history_is_replayed(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(commits_of(repository, "main", "fluxcdbot", 10_000)) == ROUNDS
    code, said = report(capsys, "history", str(repository))
    assert code == 0
    untidy = sum(n % 3 == 2 and n % 6 != 2 for n in range(POLICIES))
    assert said["files"] == {"same": ROUNDS + ROUNDS // 9 - untidy, "reformatted": untidy}
    assert {one["kind"] for one in said["odd"]} == {"reformatted"}  # type: ignore[attr-defined]


def test_the_newest_commits_can_be_taken_alone(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = report(capsys, "history", str(repository), "main", "--limit", "10")
    assert (code, said) == (0, {"files": {"same": 12}, "odd": []})


def test_a_person_s_commit_can_be_named(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    commit = commits_of(repository, "main", "^docs", 1)[0]
    assert report(capsys, "history", str(repository), "--commit", commit) == (0, {"files": {"same": 1}, "odd": []})


@pytest.mark.parametrize("arguments", [["nowhere"], ["{repository}", "no-such-branch"]], ids=["repository", "revision"])
def test_what_cannot_be_read_is_exit_2(
    repository: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert main(["history", *(one.format(repository=repository) for one in arguments)]) == 2
    assert capsys.readouterr().err


def test_two_folders_are_compared_and_told_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pairs = {
        "same.yaml": (text(0, "1.0.0", tidy=True), text(0, "1.1.0", tidy=True)),
        "tidied.yml": (text(2, "1.0.0", tidy=False), text(2, "1.1.0", tidy=True)),
        "edited.yaml": (text(3, "1.0.0", tidy=True), text(3, "1.1.0", tidy=True) + "extra: 1\n"),
        "respelled.yaml": (f"a: 1.0 {M % 'r:tag'}\n", f"a: '2.0' {M % 'r:tag'}\n"),
        "marker.yaml": (f"a: x:1 {M % 'm'}\n", f"a: x:2 {M % 'other'}\n"),
        "torn.yaml": (f"a: y:1 {M % 't'}\nb: y:1 {M % 't'}\n", f"a: y:2 {M % 't'}\nb: y:3 {M % 't'}\n"),
        "untouched.yaml": (f"a: z:1 {M % 'z'}\n", f"a: z:1 {M % 'z'}\n"),
        "text.txt": ("$imagepolicy\n", "other\n"),
    }
    for name, (before, after) in pairs.items():
        for folder, content in (("before", before), ("after", after)):
            (tmp_path / folder).mkdir(exist_ok=True)
            (tmp_path / folder / name).write_text(content)
    assert main(["pair", str(tmp_path / "before"), str(tmp_path / "after")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:5] == [
        "edited: edited.yaml",
        "reformatted: tidied.yml",
        "respelled: respelled.yaml",
        "unclear: marker.yaml  the commit changed the markers themselves",
        "unclear: torn.yaml  farm:t: its markers show 2 values: y:2, y:3",
    ]
    assert lines[-1] == "     6 files of 1 commits"


@pytest.mark.parametrize(
    ("before", "after", "ours", "detail"),
    [
        (
            f"a: x:1 {M % 'p'}\nb: 1\n",
            f"a: x:2 {M % 'p'}\nb: 1\n",
            f"a: x:2 {M % 'p'}\nb: 2\n",
            "without a marker: [2]",
        ),
        (f"a: x:1 {M % 'p'}\n", f"a: x:2 {M % 'p'}\n", f"a: x:2 {M % 'p'}\n\n", "without a marker: [0"),
        (f"a: x:1 {M % 'p'}\n", f"a: x:2 {M % 'p'}\n", f"a: x:1 {M % 'p'}\n", "farm:p is x:2 in the commit, x:1 here"),
    ],
    ids=["other-line", "more-lines", "old-value"],
)
def test_a_wrong_edit_is_called_different(before: str, after: str, ours: str, detail: str) -> None:
    verdict = compare("a.yaml", before.encode(), after.encode(), ours.encode())
    assert verdict.kind == "different"
    assert detail in verdict.detail


@pytest.mark.parametrize(
    ("lines", "image"),
    [
        (["a: n:1 {p}"], "n:1"),
        (["a: h:5000/n:1 {p}", "t: '1' {p:tag}"], "h:5000/n:1"),
        (["n: h/n {p:name}", "t: 1 {p:tag}"], "h/n:1"),
        (["t: 1 {p:tag}"], "replayed.invalid/unnamed:1"),
        (["a: n:1@{digest} {p}", "d: {digest} {p:digest}"], "n:1@{digest}"),
        (["a: n:1 {p}", "t: 2 {p:tag}"], None),
        (["a: n:1 {p}", "a2: n:2 {p}"], None),
        (["a: not an image {p}"], None),
    ],
)
def test_an_image_is_put_together_from_its_markers(lines: list[str], image: str | None) -> None:
    digest = "sha256:" + "0f" * 32
    filled = [line.replace("{digest}", digest) for line in lines]
    for part in ("p:digest", "p:name", "p:tag", "p"):
        filled = [line.replace("{" + part + "}", M % part) for line in filled]
    told = elected({}, {"a.yaml": "\n".join(filled).encode()})
    assert {policy: str(one) for policy, one in told.images.items()} == (
        {"farm:p": image.replace("{digest}", digest)} if image else {}
    )
    assert bool(told.unclear) == (image is None)


def test_markers_that_moved_count_before_those_out_of_sight() -> None:
    before = {"a.yaml": f"a: x:1 {M % 'p'}\n".encode(), "b.yaml": f"a: x:0 {M % 'p'}\n".encode()}
    after = {"a.yaml": f"a: x:2 {M % 'p'}\n".encode(), "b.yaml": before["b.yaml"] + b"# edited\n"}
    assert {str(one) for one in elected(before, after).images.values()} == {"x:2"}


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("a: 1 # c\n", "---\na:   1\n\n", True),
        ("a: [ ]\nb: {x: y}\n", "a: []\nb:\n  x: y\n", True),
        ("a: 1\n---\n# c\n---\nb: 2\n", "a: 1\n---\nb: 2\n", True),
        ("a: 1\n", "a: '1'\n", False),
        ("a: 1\n", "a: 1\nb: 2\n", False),
        ("a: [\n", "a: [ \n", False),
    ],
)
def test_meaning_leaves_out_layout_and_comments(one: str, other: str, alike: bool) -> None:
    assert (meaning(one.encode()) == meaning(other.encode())) is alike
