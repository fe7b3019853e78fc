"""A folder of the user's is read below it alone, and written so that no reader sees half a file."""

from __future__ import annotations

import os
import resource
import socket
from pathlib import Path

import pytest

from gitbot.errors import GitbotError, UsageError
from gitbot.source.folder import File, Wanted, files, is_yaml, write

WANTED = Wanted(b"$token", 1000)
TEXT = b"a: $token\n"


def found(path: Path) -> list[str]:
    return [one.path if isinstance(one, File) else f"!{one.code} {one.path}" for one in files(path, WANTED)]


def test_an_empty_folder_has_no_files(tmp_path: Path) -> None:
    assert found(tmp_path) == []


@pytest.mark.parametrize("name", ["a.YAML", "kustomization", "a.json", "a.yaml.tpl", "yaml", "a.txt"])
def test_other_names_are_passed_over(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(TEXT)
    assert found(tmp_path) == []
    assert not is_yaml(name)


def test_files_without_the_bytes_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"a: b\n")
    (tmp_path / "big.yaml").write_bytes(b"#" * 5000)
    assert found(tmp_path) == []


def test_yaml_files_are_found_at_every_depth_in_order(tmp_path: Path) -> None:
    for path in ("b.yml", "a/z.yaml", "a/b/Kustomization", ".hidden/.yaml", "a b/c.yaml"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(TEXT)
    assert found(tmp_path) == [".hidden/.yaml", "a/b/Kustomization", "a/z.yaml", "a b/c.yaml", "b.yml"]


def test_a_named_file_is_read_whatever_its_name(tmp_path: Path) -> None:
    (tmp_path / "a.tpl").write_bytes(TEXT)
    assert found(tmp_path / "a.tpl") == ["a.tpl"]


def test_what_is_no_plain_file_below_is_never_opened(tmp_path: Path) -> None:
    secret = tmp_path / "outside"
    secret.mkdir()
    (secret / "x.yaml").write_bytes(TEXT)
    root = tmp_path / "root"
    (root / ".git").mkdir(parents=True)
    (root / ".git" / "a.yaml").write_bytes(TEXT)
    (root / "sub").mkdir()
    (root / "sub" / ".GIT").write_bytes(TEXT)
    (root / "file.yaml").symlink_to(secret / "x.yaml")
    (root / "folder").symlink_to(secret)
    (root / "dangling.yaml").symlink_to(tmp_path / "nowhere")
    (root / "loop.yaml").symlink_to(root / "loop.yaml")
    (root / "dir.yaml").mkdir()
    os.mkfifo(root / "fifo.yaml")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(root / "socket.yaml"))
    listener.close()
    assert found(root) == []


def test_a_path_that_is_a_link_itself_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.yaml").write_bytes(TEXT)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "link.yaml").symlink_to(tmp_path / "real" / "a.yaml")
    assert found(tmp_path / "link") == ["a.yaml"]
    assert found(tmp_path / "link.yaml") == ["a.yaml"]


def test_a_missing_path_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        found(tmp_path / "none")


def test_a_large_file_is_told_only_when_it_holds_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"#" * 2_000_000 + TEXT)
    (tmp_path / "b.yaml").write_bytes(TEXT + b"#" * 2000)
    (tmp_path / "c.yaml").write_bytes(b"#" * 2_000_000)
    assert found(tmp_path) == ["!limit a.yaml", "!limit b.yaml"]


def test_the_bytes_are_found_across_the_pieces_a_large_file_is_read_in(tmp_path: Path) -> None:
    for shift in range(8):
        (tmp_path / f"{shift}.yaml").write_bytes(b"#" * (1001 + (1 << 20) - shift) + TEXT)
    assert len(found(tmp_path)) == 8


def test_a_name_that_is_no_utf_8_is_a_problem(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path)
    for name in (b"caf\xe9.yaml", b"quiet\xe9.yaml"):
        Path(os.fsdecode(folder + b"/" + name)).write_bytes(TEXT if name.startswith(b"caf") else b"a: b\n")
    assert found(tmp_path) == ["!path-encoding caf\\xe9.yaml"]


def test_folders_beyond_reason_are_told(tmp_path: Path) -> None:
    deep = tmp_path
    for _ in range(210):
        deep /= "d"
    deep.mkdir(parents=True)
    assert [one[:6] for one in found(tmp_path)] == ["!limit"]


def only(path: Path) -> File:
    (one,) = files(path, WANTED)
    assert isinstance(one, File)
    return one


@pytest.mark.parametrize("mode", [0o644, 0o755, 0o600, 0o444])
def test_a_file_is_replaced_whole_and_keeps_its_mode(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "a" / "b.yaml"
    path.parent.mkdir()
    path.write_bytes(TEXT)
    path.chmod(mode)
    before = path.stat()
    write(only(tmp_path), b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode == before.st_mode
    assert path.stat().st_ino != before.st_ino
    assert [one.name for one in path.parent.iterdir()] == ["b.yaml"]


def test_a_file_that_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(TEXT)
    read = only(tmp_path)
    (tmp_path / "a.yaml").write_bytes(TEXT + b"more")
    with pytest.raises(GitbotError, match="changed while"):
        write(read, b"new")
    assert (tmp_path / "a.yaml").read_bytes() == TEXT + b"more"


def test_a_folder_that_became_a_link_is_not_followed(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    (root / "a").mkdir(parents=True)
    outside.mkdir()
    for folder in (root / "a", outside):
        (folder / "b.yaml").write_bytes(TEXT)
    read = only(root)
    (root / "a" / "b.yaml").unlink()
    (root / "a").rmdir()
    (root / "a").symlink_to(outside)
    with pytest.raises(GitbotError, match="cannot write"):
        write(read, b"new")
    assert (outside / "b.yaml").read_bytes() == TEXT


def test_a_file_that_became_a_link_is_not_followed(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside.yaml"
    root.mkdir()
    (root / "b.yaml").write_bytes(TEXT)
    outside.write_bytes(TEXT)
    read = only(root)
    (root / "b.yaml").unlink()
    (root / "b.yaml").symlink_to(outside)
    with pytest.raises(GitbotError, match="cannot write"):
        write(read, b"new")
    assert outside.read_bytes() == TEXT


def test_a_write_that_fails_leaves_the_file_and_nothing_beside_it(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(TEXT)
    read = only(tmp_path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        with pytest.raises(GitbotError, match="File too large"):
            write(read, b"x" * 200)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == {"a.yaml": TEXT}


def test_a_file_with_holes_that_never_seems_to_end_is_a_problem_and_no_hang(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gitbot.source.folder._MOST_BLOCKS", 4)
    with (tmp_path / "endless.yaml").open("wb") as file:
        file.truncate(1 << 42)
    with (tmp_path / "long.yaml").open("wb") as file:
        file.truncate(1 << 20)
    assert found(tmp_path) == ["!limit endless.yaml"]
