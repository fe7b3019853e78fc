"""Who can write to a scanned repository reaches nothing but the files of that repository."""

import time
from pathlib import Path

import pytest

from tests.automation.test_run import tag_of
from tests.e2e.world import IMAGE, marked
from tests.servers.git_repo import Gitlink, Symlink

VICTIM = marked("1.0.0")


@pytest.fixture
def hostile(worlds, make_repo, tmp_path):
    """`hostile(files)`: a world on a repository with these files beside a good one, and with a victim outside of it."""

    def make(files):
        repo = make_repo({"good.yaml": marked("1.0.0"), **files})
        world = worlds(repo.url, repo)
        world.repository["timeout"] = "60s"
        return world

    return make


def only_good(world, *, code=0):
    """Run; assert that the good file was updated and nothing else was touched. Returns the problems."""
    (repo,) = world.repos
    ran = world.run()
    assert ran.code == code, ran.err
    assert ran.one["outcome"] == "pushed", ran.err
    assert repo.changed() == ["good.yaml"]
    assert tag_of(repo, "good.yaml") == "2.0.0"
    assert "Traceback" not in ran.err
    return [(problem["path"], problem["code"]) for problem in ran.one["result"]["problems"]]


@pytest.mark.parametrize(
    "target", ["/etc/passwd", "good.yaml", "nowhere", "../../../victim.yaml", "VICTIM", "link.yaml"]
)
def test_a_link_is_never_followed(hostile, tmp_path, target):
    victim = tmp_path / "victim.yaml"
    victim.write_text(VICTIM)
    world = hostile({"link.yaml": Symlink(str(victim) if target == "VICTIM" else target), "dir": Symlink("/")})
    (repo,) = world.repos
    assert only_good(world) == []
    assert victim.read_text() == VICTIM
    assert repo.modes()["link.yaml"] == "120000"


@pytest.mark.parametrize("path", ["link", "link/etc", "sub", "good.yaml/x"])
def test_an_update_path_through_a_link_or_a_submodule_is_refused(hostile, path):
    world = hostile({"link": Symlink("/"), "sub": Gitlink()})
    world.fleet["update"] = {"path": path}
    ran = world.run()
    assert (ran.code, ran.one["outcome"]) == (1, "failed")
    assert f"'{path}'" in ran.error


def test_a_submodule_and_its_url_are_not_touched(hostile, tmp_path):
    modules = f'[submodule "x"]\n\tpath = sub\n\turl = ext::touch {tmp_path}/owned\n[submodule "../../hooks"]\n\tpath = -x\n\turl = -u\n'
    world = hostile({"sub": Gitlink(), ".gitmodules": modules})
    assert only_good(world) == []
    assert not (tmp_path / "owned").exists()


def test_filters_and_attributes_of_the_repository_do_nothing(hostile, tmp_path):
    attributes = "*.yaml filter=evil diff=evil text eol=crlf ident export-ignore working-tree-encoding=UTF-16\n[attr]x filter=evil\n"
    config = f'[filter "evil"]\n\tclean = touch {tmp_path}/owned\n\tsmudge = touch {tmp_path}/owned\n[diff "evil"]\n\ttextconv = touch {tmp_path}/owned\n'
    world = hostile({".gitattributes": attributes, ".gitconfig": config, "config": config, ".git-config": config})
    (repo,) = world.repos
    repo.configure("filter.evil.clean", f"touch {tmp_path}/owned")
    assert only_good(world) == []
    assert repo.read("good.yaml") == marked("2.0.0")
    assert not (tmp_path / "owned").exists()


def test_odd_trees_that_git_would_refuse_to_make(hostile):
    world = hostile({})
    (repo,) = world.repos
    evil, good = repo.blob(marked("1.0.0", name="evil")), repo.blob(marked("1.0.0"))
    tree = repo.git(
        "hash-object", "-t", "tree", "--literally", "-w", "--stdin", data=b"100644 config.yaml\0" + bytes.fromhex(evil)
    )
    repo.commit_tree([("40000", b".GIT", tree), ("40000", b"..", tree), ("100644", b"good.yaml", good)])
    ran = world.run()
    assert "Traceback" not in ran.err
    assert ran.code in {0, 1}
    changed = set(repo.changed()) if ran.one["outcome"] == "pushed" else set()
    assert changed <= {"good.yaml", ".GIT/config.yaml"}
    config = next(world.folder.glob("cache/*/repository.git/config")).read_text()
    assert "evil" not in config


NAMES = (
    "-rf.yaml", "--upload-pack=touch owned.yaml", "$(touch owned).yaml", "`touch owned`.yaml", "a b.yaml", "a\nb.yaml", "a\tb.yaml",
    '"quoted".yaml', "back\\slash.yaml", "[a-z]*.yaml", ":(exclude)x.yaml", ":!x.yaml", "ü/ß.yaml", "..yaml", "dir/-x/..b.yaml",
    "::error::x.yaml", "\x1b[2J.yaml", "a;b&c|d.yaml", "100644 x.yaml", "M 100644 inline x.yaml", "\u202egnp.yaml",
)  # fmt: skip


def test_any_name_is_only_a_name(hostile):
    world = hostile(dict.fromkeys(NAMES, marked("1.0.0")))
    (repo,) = world.repos
    ran = world.run()
    assert ran.code == 0, ran.err
    touched = repo.git("diff-tree", "-r", "-z", "--name-only", "--no-commit-id", "main").split("\0")
    assert set(touched) == {*NAMES, "good.yaml", ""}
    assert {repo.read(name) for name in NAMES} == {marked("2.0.0")}
    assert not (world.folder / "owned").exists()


def test_any_name_is_harmless_on_a_terminal_and_in_a_workflow(hostile):
    bad = {f"{name}.yaml": marked("1.0.0") + '\nx: y # {"$imagepolicy": "no:such"}\n' for name in NAMES}
    world = hostile({**dict.fromkeys(NAMES, marked("1.0.0")), **bad})
    for command in ("plan", "run"):
        shown = world.command(command, "-c", str(world.config))
        assert shown.code == 0
        assert not set("\x1b\x07\r\u202e") & set(shown.out + shown.err)
        assert not any(line.lstrip().startswith("::") for line in (shown.out + shown.err).splitlines())


def test_a_name_that_is_not_utf8_is_a_problem_and_stops_nothing(hostile):
    world = hostile({b"caf\xe9.yaml": marked("1.0.0"), b"\xff/x.yaml": marked("1.0.0")})
    assert {code for _, code in only_good(world)} == {"path-encoding"}


DEEP = "a: " + "[" * 20_000 + "]" * 20_000
LAUGHS = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{new}: &{new} [{','.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefghijk", "bcdefghijkl", strict=True)
)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        pytest.param(f"# $imagepolicy\n{DEEP}\n", {"limit", "unparsable-document"}, id="deep flow"),
        pytest.param("# $imagepolicy\n" + "".join(f"{' ' * n}a:\n" for n in range(3000)), {"limit"}, id="deep blocks"),
        pytest.param("---\n# $imagepolicy\n" * 200_000, {"limit", "misplaced-marker", "malformed-marker"}, id="many documents"),
        pytest.param("a: {b: 1} # $imagepolicy\n" + "a: {" * 5000, {"limit", "unparsable-document", "misplaced-marker"}, id="open"),
        pytest.param(b"\xff\xfe$imagepolicy".ljust(1 << 20, b"\0"), {"not-utf8"}, id="binary"),
        pytest.param('x: 1 # {"$imagepolicy": ' + "[" * 200_000, {"malformed-marker", "limit"}, id="deep marker"),
        pytest.param('x: a # {"$imagepolicy": "' + "y" * (1 << 20) + '"}\n', {"unknown-policy", "malformed-marker", "limit"}, id="long"),
        pytest.param("x: \x00 # $imagepolicy\n", {"unparsable-document"}, id="NUL"),
    ],
)  # fmt: skip
def test_a_file_made_to_cost_is_a_problem_and_stops_nothing(hostile, text, codes):
    world = hostile({"bad.yaml": text})
    began = time.monotonic()
    found = only_good(world)
    assert found
    assert {path for path, _ in found} == {"bad.yaml"}
    assert {code for _, code in found} <= codes
    assert time.monotonic() - began < 60


def test_billion_laughs_are_read_as_text(hostile):
    laughs = LAUGHS + f"image: {IMAGE}:1.0.0 # " + '{"$imagepolicy": "default:podinfo"}\n'
    world = hostile({"laughs.yaml": laughs})
    (repo,) = world.repos
    ran = world.run()
    assert ran.code == 0, ran.err
    assert repo.read("laughs.yaml") == laughs.replace("1.0.0", "2.0.0")


def test_a_huge_file_is_a_problem_and_is_not_read(hostile):
    line = f"image: {IMAGE}:1.0.0 # " + '{"$imagepolicy": "default:podinfo"}\n'
    world = hostile({"huge.yaml": line + "#" * (40 << 20)})
    assert only_good(world) == [("huge.yaml", "limit")]


def test_very_many_markers_cost_a_bounded_message(hostile):
    line = "a{}: " + IMAGE + ':1.0.0 # {{"$imagepolicy": "default:podinfo"}}\n'
    world = hostile({"many.yaml": "".join(line.format(n) for n in range(5000))})
    world.fleet["git"]["commit"] = {"messageTemplateFile": "detailed.j2"}
    (repo,) = world.repos
    ran = world.run()
    assert ran.one["outcome"] == "pushed", ran.err
    assert len(repo.log()[0].message) <= 70_000
    assert repo.read("many.yaml").count(":2.0.0") == 5000


def test_objects_of_the_repository_forge_nothing_in_the_message(hostile):
    name = '"x\\n\\nSigned-off-by: Ada <ada@example.com>\\u001b[2J"'
    world = hostile({"forged.yaml": marked("1.0.0").replace("name: podinfo", f"name: {name}")})
    world.fleet["git"]["commit"] = {"messageTemplateFile": "detailed.j2"}
    (repo,) = world.repos
    assert world.run().one["outcome"] == "pushed"
    message = repo.log()[0].message
    assert "\x1b" not in message
    assert not any(line.startswith("Signed-off-by") for line in message.splitlines())


def test_hooks_and_templates_of_the_machine_are_not_run(hostile, tmp_path, home):
    world = hostile({})
    hooks = tmp_path / "template" / "hooks"
    hooks.mkdir(parents=True)
    for name in ("reference-transaction", "pre-push", "post-checkout", "fsmonitor-watchman", "pre-commit"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/owned\n")
        (hooks / name).chmod(0o755)
    (home / ".gitconfig").write_text(
        f"[init]\n\ttemplateDir = {hooks.parent}\n[core]\n\thooksPath = {hooks}\n\tfsmonitor = {hooks}/fsmonitor-watchman\n"
    )
    world.env |= {
        "GIT_TEMPLATE_DIR": str(hooks.parent), "GIT_CONFIG_GLOBAL": str(home / ".gitconfig"), "GIT_SSH_COMMAND": f"touch {tmp_path}/owned",
        "GIT_ASKPASS": str(hooks / "pre-push"), "GIT_EXTERNAL_DIFF": str(hooks / "pre-push"), "GIT_DIR": str(tmp_path / "elsewhere"),
        "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.hooksPath", "GIT_CONFIG_VALUE_0": str(hooks),
        "GIT_EXEC_PATH": str(hooks), "GIT_INDEX_FILE": str(tmp_path / "index"), "LD_PRELOAD": "",
    }  # fmt: skip
    only_good(world)
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (where, value)
        for where in ("branch", "push", "tag")
        for value in ("-x", "--upload-pack=touch owned", "a..b", "@{-1}", "a\nb", "a b", "x.lock", "refs/heads/../../config", "a:b", "+a", "HEAD")
        if (where, value) not in {("branch", "+a"), ("push", "+a"), ("tag", "+a"), ("tag", "HEAD")}
    ],
)  # fmt: skip
def test_a_hostile_name_of_a_ref_in_the_configuration_is_refused_when_it_is_loaded(hostile, where, value):
    from gitbot.config.load import load
    from gitbot.errors import ConfigError

    world = hostile({})
    if where == "push":
        world.push["branch"] = value
    else:
        world.repository["ref"] = {where: value}
        world.push["branch"] = "updates"
    with pytest.raises(ConfigError):
        load(world.config)


@pytest.mark.parametrize("name", ["$(touch${IFS}owned)", "`id`", "a;b&c|d", "a'b\"c", "+a", "ümlaut", "a%2fb#1=@"])
def test_an_odd_branch_is_only_a_branch(hostile, name):
    world = hostile({})
    (repo,) = world.repos
    world.push["branch"] = name
    outcome = world.once()
    assert (outcome.outcome, outcome.branch) == ("pushed", name)
    assert repo.refs()[f"refs/heads/{name}"] == outcome.commit
    world.elect("3.0.0")
    assert world.once().outcome == "pushed"
    assert world.once().outcome == "skipped"
    assert not Path("owned").exists()
