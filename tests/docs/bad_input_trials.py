"""How one row of bad input is tried: what it is put into, which command is run, and what is compared."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from gitbot.cli.main import run
from tests.docs.bad_input import Row
from tests.docs.bad_repositories import Makers
from tests.e2e.world import IMAGE

MARKER = '# {"$imagepolicy": "default:podinfo"}'
ELECTED = "ghcr.io/stefanprodan/podinfo:6.7.1"
GOOD: dict[str, Any] = {
    "git": {"author": {"name": "gitbot", "email": "gitbot@example.com"}},
    "repositories": [{"name": "fleet", "url": "https://git.example.com/fleet.git"}],
    "policies": [{"name": "podinfo", "image": "ghcr.io/stefanprodan/podinfo", "policy": {"fixed": {"tag": "6.7.1"}}}],
    "automations": [{"name": "fleet", "sourceRef": {"name": "fleet"}}],
}
_SECTIONS = {"repository": "repositories", "policy": "policies", "automation": "automations"}
OPEN = "[...]"  # in what a row says: words of git, curl or ssh that differ between their versions
_SAID = re.compile(r"^(?:\S+?: )?(?P<severity>error|warning): (?P<said>.*) \[(?P<code>[a-z0-9-]+)\]$")


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of it: the exit code, and the places that were told as `said`, or the message of the error."""

    exit: int
    said: list[str]
    code: str = ""
    hint: str = ""

    def says(self, wanted: str) -> bool:
        """Whether one of the places is told in these words."""
        pattern = ".*".join(map(re.escape, wanted.split(OPEN)))
        return any(re.fullmatch(pattern, said) for said in self.said)


def told(text: str) -> list[re.Match[str]]:
    """The problems in the output of a command."""
    return [match for line in text.splitlines() if (match := _SAID.match(line))]


def try_row(row: Row, folder: Path, read: Callable[[], str], makers: Makers) -> Tried:
    """Try one row in an empty folder, the current one; `read` gives what was printed since it was last asked."""
    if row.kind == "repositories":
        return _repositories(row, folder, read, makers)
    return _TRIALS[row.kind](row, folder, read)


def _configuration(row: Row, folder: Path, read: Callable[[], str]) -> Tried:
    path = folder / "gitbot.yaml"
    path.write_text(_written(row), encoding="utf-8")
    code = run(["config", "check"])
    return _from(folder, Tried(code, [match["said"] for match in told(read())]))


def _written(row: Row) -> str:
    """The configuration with what the row says; text that JSON cannot say is put beside it as it stands."""
    where = row.more["in"]
    if where == "file":
        return row.write
    good = json.loads(json.dumps(GOOD))
    if where == "config":
        return "".join(f"{key}: {json.dumps(value)}\n" for key, value in good.items()) + f"{row.write}\n"
    good[_SECTIONS[where]][0] |= YAML(typ="safe", pure=True).load(row.write)
    return json.dumps(good, indent=1)


def _markers(row: Row, folder: Path, read: Callable[[], str]) -> Tried:
    fleet = folder / "fleet"
    fleet.mkdir()
    path = fleet / "pod.yaml"
    _MARKER_FILES[row.more["make"]](path) if "make" in row.more else path.write_text(_pod(row.write), encoding="utf-8")
    before = path.read_bytes()
    if row.more.get("by") == "apply":
        objects = [_policy("podinfo", latestImage=ELECTED), *([_policy("waiting")] if "waiting" in row.write else [])]
        (folder / "images.json").write_text(json.dumps({"items": objects}))
        code = run(["apply", "fleet", "--policies", "images.json"])
    else:
        code = run(["lint", "fleet"])
    assert path.read_bytes() == before
    text = read()
    matches = told(text)
    said = [
        match["said"] for match in matches if match["code"] != "policy-failed" or " elects nothing" in match["said"]
    ]
    return Tried(code, said or text.splitlines(), matches[0]["code"] if matches else "", _hint(text))


def _policy(name: str, **status: str) -> dict[str, Any]:
    return {
        "apiVersion": "image.toolkit.fluxcd.io/v1",
        "kind": "ImagePolicy",
        "metadata": {"namespace": "default", "name": name},
        "status": status,
    }


def _pod(text: str) -> str:
    inner = "".join(f"  {line}\n" for line in text.splitlines())
    return f"apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec:\n{inner}"


def _deep(path: Path) -> None:
    lines = "".join(f"{' ' * depth}a:\n" for depth in range(201))
    path.write_text(f"{lines}{' ' * 201}image: a:1 {MARKER}\n")


def _link(path: Path) -> None:
    other = path.parent.parent / "other.yaml"
    other.write_text(f"image: a:1 {MARKER}\n")
    path.symlink_to(other)


_MARKER_FILES: dict[str, Callable[[Path], Any]] = {
    "latin-1": lambda path: path.write_bytes(f"a: é\nimage: a:1 {MARKER}\n".encode("latin-1")),
    "utf-16": lambda path: path.write_bytes(f"image: a:1 {MARKER}\n".encode("utf-16")),
    "deep": _deep,
    "large": lambda path: path.write_text(f"image: a:1 {MARKER}\n" + "# filler\n" * 1_900_000),
    "documents": lambda path: path.write_text(f"image: a:1 {MARKER}\n" + "---\na: 1\n" * 10_000),
    "link": _link,
}


def _templates(row: Row, folder: Path, read: Callable[[], str]) -> Tried:
    name = "message.txt" if row.more.get("make") == "suffix" else "message.j2"
    if row.more.get("make") == "latin-1":
        (folder / name).write_bytes("é".encode("latin-1"))
    elif row.more.get("make") != "missing":
        (folder / name).write_text(row.write, encoding="utf-8")
    code = run(["template", "check", name])
    return Tried(code, [_error(read())])


def _results(row: Row, folder: Path, read: Callable[[], str]) -> Tried:
    fleet = folder / "fleet"
    fleet.mkdir()
    (fleet / "pod.yaml").write_text(_pod(f"image: a:1 {MARKER}"))
    if row.more.get("make") == "latin-1":
        (folder / "images.yaml").write_bytes("é".encode("latin-1"))
    elif row.more.get("make") != "missing":
        (folder / "images.yaml").write_text(row.write, encoding="utf-8")
    code = run(["apply", "fleet", "--policies", "images.yaml"])
    text = read()
    return Tried(code, [match["said"] for match in told(text)] or [_error(text)])


def _secrets(row: Row, folder: Path, read: Callable[[], str]) -> Tried:
    if "secret" in row.more:
        (folder / "token").write_text(row.more["secret"])
        (folder / "token").chmod(row.more.get("mode", 0o600))
    auth = YAML(typ="safe", pure=True).load(row.write)
    return _from(folder, _run(folder, {"repository": {"auth": auth}}, read))


def _run(folder: Path, more: Mapping[str, Any], read: Callable[[], str]) -> Tried:
    """`gitbot run` with the good configuration and these changes of it; its time limit is short."""
    good = json.loads(json.dumps(GOOD)) | {"state": "sqlite:///state.db", "cacheDir": "cache"}
    good["git"]["allowProtocols"] = ["https", "http", "ssh", "file"]
    good["policies"][0]["image"] = IMAGE
    good["repositories"][0] |= {"timeout": "2s"}
    good |= more.get("config", {})
    good["repositories"][0] |= more.get("repository", {})
    good["automations"][0] |= more.get("automation", {})
    (folder / "gitbot.yaml").write_text(json.dumps(good))
    code = run(["run"])
    lines = read().splitlines()
    said = [line.removeprefix("gitbot: ") for line in lines if line.startswith("gitbot: ")]
    said = [*said, *(match["said"] for match in told("\n".join(lines)))] or lines[:1]
    return Tried(code, said, hint=_hint("\n".join(lines)))


def _repositories(row: Row, folder: Path, read: Callable[[], str], makers: Makers) -> Tried:
    place = makers.make(row.more["make"])
    repository = {"url": place.url, **place.repository, **row.more.get("repository", {})}
    tried = _run(folder, {**row.more, "repository": repository}, read)
    said = tried.said
    for real, shown in place.hide.items():
        said = [line.replace(real, shown) for line in said]
    return _from(folder, replace(tried, said=said))


def _from(folder: Path, tried: Tried) -> Tried:
    """The same, with paths counted from the folder."""
    return replace(tried, said=[line.replace(f"{folder}/", "") for line in tried.said])


def _hint(text: str) -> str:
    """What is to be done, as it is said first."""
    return next((line.removeprefix("  hint: ") for line in text.splitlines() if line.startswith("  hint: ")), "")


def _error(text: str) -> str:
    """The error that a command ended with, without the program's name, the usage and the hint."""
    lines = text.partition("\n\nError: ")[2] or text
    return "\n".join(line.removeprefix("gitbot: ") for line in lines.splitlines() if not line.startswith("  hint: "))


_TRIALS: dict[str, Callable[[Row, Path, Callable[[], str]], Tried]] = {
    "configuration": _configuration,
    "markers": _markers,
    "templates": _templates,
    "results": _results,
    "secrets": _secrets,
}
