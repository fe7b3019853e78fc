"""The state file: private, and every way in which it can be unusable is one clear error."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gitbot.errors import GitbotError, Unavailable
from gitbot.state.sql import SqlStore
from gitbot.state.sqlite import SqliteDatabase
from gitbot.state.store import open_store
from tests.state.examples import BLANK, FULL, NOW, run


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A state file with a record in it."""
    path = tmp_path / "state.db"
    with open_store(f"sqlite:///{path}") as store:
        store.put(FULL, run(1))
    return path


@pytest.fixture
def open_to_all() -> Iterator[Path]:
    """A folder that another user can reach, which pytest's own are not."""
    folder = Path(tempfile.mkdtemp(prefix="gitbot-state-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def as_nobody(open_to_all: Path) -> Iterator[Path]:
    """Rights do not bind root: there the test goes on as another user. `as_nobody` is the folder to use."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    yield open_to_all
    if root:
        os.seteuid(0)


def modes(folder: Path) -> dict[str, str]:
    return {path.name: f"{path.stat().st_mode & 0o777:o}" for path in folder.rglob("*")}


def test_looking_at_a_state_that_is_not_there_does_not_make_it(tmp_path):
    path = tmp_path / "made" / "state.db"
    with open_store(f"sqlite:///{path}", create=False) as store:
        assert store.get("flux-system", "fleet") == (BLANK, ())
        assert store.place == "state in memory"
    assert list(tmp_path.iterdir()) == []


def test_looking_at_a_state_that_is_there_reads_it(file):
    with open_store(f"sqlite:///{file}", create=False) as store:
        assert store.get("flux-system", "fleet") == (FULL, ())
        assert store.place == f"state file {file}"


def test_everything_it_makes_is_private(tmp_path):
    before = os.umask(0)
    try:
        with open_store(f"sqlite:///{tmp_path}/a/state.db") as store:
            store.put(FULL)
            with store.lease("flux-system", "fleet"):
                found = modes(tmp_path)
    finally:
        os.umask(before)
    locks = [mode for name, mode in found.items() if name.endswith(".lock")]
    assert locks == ["600"]
    names = {"a": "700", "state.db": "600", "state.db-wal": "600", "state.db-shm": "600", "state.db.locks": "700"}
    assert {name: found[name] for name in names} == names


def test_the_folder_of_the_user_keeps_its_mode(tmp_path):
    tmp_path.chmod(0o750)
    open_store(f"sqlite:///{tmp_path}/state.db").close()
    assert tmp_path.stat().st_mode & 0o777 == 0o750


def test_it_writes_ahead_and_waits_for_the_disk(file):
    database = SqliteDatabase(file)
    pragmas = {name: database._execute(f"PRAGMA {name}")[0][0] for name in ("journal_mode", "synchronous")}
    database.close()
    assert pragmas == {"journal_mode": "wal", "synchronous": 2}


def test_a_relative_path_counts_from_the_base(tmp_path):
    open_store("sqlite:///made/state.db", base=tmp_path).close()
    assert (tmp_path / "made" / "state.db").is_file()


@pytest.mark.parametrize("name", ["a b.db", "50%.db", "what?mode=ro", "#1", "é.db", "file:x"])
def test_a_path_is_taken_as_it_is_written(tmp_path, name):
    with open_store(f"sqlite:///{tmp_path}/{name}") as store:
        store.put(FULL)
    assert (tmp_path / name).is_file()


def test_whoever_comes_by_a_link_finds_the_same_locks(tmp_path, file):
    (tmp_path / "there").mkdir()
    link = tmp_path / "there" / "link.db"
    link.symlink_to(file)
    with open_store(f"sqlite:///{file}") as one, open_store(f"sqlite:///{link}") as two:
        assert two.get("flux-system", "fleet") == (FULL, ())
        with one.lease("a", "b") as first, two.lease("a", "b") as second:
            assert (bool(first), bool(second)) == (True, False)


def garbage(path: Path) -> None:
    path.write_bytes(b"this is no database, whatever its name says\n" * 40)


def torn(path: Path) -> None:
    """Overwrite every page after the first."""
    size = path.stat().st_size
    with path.open("r+b") as stream:
        stream.seek(4096)
        stream.write(b"\xa5" * (size - 4096))


def foreign(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
    connection.close()


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def dangling(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.with_name("gone") / "state.db")


def loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


@pytest.mark.parametrize(
    ("spoil", "why", "hint"),
    [
        pytest.param(garbage, "it is not a SQLite database", "move it away", id="not a database"),
        pytest.param(torn, "it is damaged", "move it away", id="damaged"),
        pytest.param(foreign, "it is the database of another program", "name another file", id="another program's"),
        pytest.param(folder, "it is not a file", "name a file", id="a folder"),
        pytest.param(fifo, "it is not a file", "name a file", id="a pipe"),
    ],
)
def test_a_file_that_cannot_hold_the_state_is_named_with_what_to_do(file, spoil, why, hint):
    spoil(file)
    before = file.read_bytes() if file.is_file() else b""
    with pytest.raises(GitbotError, match=why) as raised, open_store(f"sqlite:///{file}") as store:
        store.get("flux-system", "fleet")
    assert raised.value.message.startswith(f"state file {file}: ")
    assert hint in raised.value.hint
    assert before == (file.read_bytes() if file.is_file() else b"")


def test_a_dangling_link_leads_to_the_new_file(file):
    dangling(file)
    open_store(f"sqlite:///{file}").close()
    assert file.resolve().is_file()


def test_a_link_to_itself_is_one_clear_error(file):
    loop(file)
    with pytest.raises(GitbotError, match="state"):
        open_store(f"sqlite:///{file}")


def test_a_file_cut_to_nothing_is_an_empty_state(file):
    file.write_bytes(b"")
    with open_store(f"sqlite:///{file}") as store:
        assert store.get("flux-system", "fleet") == (BLANK, ())


def test_a_name_with_an_escape_sequence_does_not_reach_the_terminal(tmp_path):
    path = tmp_path / "\x1b[31m\n::error::.db"
    path.mkdir()
    with pytest.raises(GitbotError) as raised:
        open_store(f"sqlite:///{path}")
    assert raised.value.message.isprintable()


def test_a_full_disk_is_one_clear_error_and_leaves_what_was_there(file):
    database = SqliteDatabase(file)
    with SqlStore(database) as store:
        pages = database._execute("PRAGMA page_count")[0][0]
        database._execute(f"PRAGMA max_page_count = {pages + 2}")
        with pytest.raises(GitbotError, match="the disk is full") as raised:
            store.cache_put("tags", "nginx", bytes(100_000), now=NOW)
        assert str(file) in raised.value.message
        assert store.get("flux-system", "fleet") == (FULL, ())
        store.put(BLANK)
        assert store.get("flux-system", "fleet") == (BLANK, ())


def test_a_file_that_another_program_keeps_locked_can_be_tried_again(file):
    database = SqliteDatabase(file, busy_seconds=0.05)
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with SqlStore(database) as store:
        with pytest.raises(Unavailable, match="another process keeps it locked"):
            store.put(BLANK)
        assert store.get("flux-system", "fleet") == (FULL, ())
        other.execute("COMMIT")
        store.put(BLANK)
    other.close()


def test_a_closed_store_is_an_error_and_no_crash(file):
    store = open_store(f"sqlite:///{file}")
    store.close()
    store.close()
    with pytest.raises(GitbotError, match="closed"):
        store.records()


@pytest.mark.parametrize("path", ["state.db", "below/state.db"])
def test_a_folder_that_may_not_be_written_is_named(as_nobody, path):
    as_nobody.chmod(0o555) if os.geteuid() == as_nobody.stat().st_uid else None
    with pytest.raises(GitbotError, match="Permission denied") as raised:
        open_store(f"sqlite:///{as_nobody}/{path}")
    assert f"{as_nobody}/{path}" in raised.value.message
    assert "let gitbot's user read and write" in raised.value.hint


@pytest.mark.parametrize(("mode", "why"), [(0o444, "read-only|cannot be opened"), (0o000, "cannot be opened")])
def test_a_file_that_may_not_be_written_is_named(open_to_all, request, mode, why):
    path = open_to_all / "state.db"
    with open_store(f"sqlite:///{path}") as store:
        store.put(FULL)
    path.chmod(mode)
    open_to_all.chmod(0o555)
    request.getfixturevalue("as_nobody")
    with pytest.raises(GitbotError, match=why) as raised, open_store(f"sqlite:///{path}") as store:
        store.put(BLANK)
    assert str(path) in raised.value.message


def test_a_lease_needs_a_folder_that_may_be_written(open_to_all, request):
    path = open_to_all / "state.db"
    with open_store(f"sqlite:///{path}") as store:
        (open_to_all / "state.db.locks").mkdir(mode=0o500)
        request.getfixturevalue("as_nobody")
        with pytest.raises(GitbotError, match="cannot lock a/b"), store.lease("a", "b"):
            pass
