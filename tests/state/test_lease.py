"""One run at a time per automation: across threads, processes and, with PostgreSQL, machines."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import replace

import pytest

from gitbot.errors import GitbotError
from gitbot.state.file_lease import file_lease
from gitbot.state.lease import key_of
from gitbot.state.store import open_store
from tests.state.examples import FULL

ME = f"pid {os.getpid()} on {os.uname().nodename}"


def test_a_free_lease_is_held_until_it_is_given_back(store):
    for _ in range(3):
        with store.lease("flux-system", "fleet") as held:
            assert held
            assert held.holder == ME
            assert held.still_held()


def test_a_second_run_in_the_same_process_learns_who_holds_it_and_takes_nothing_away(store):
    with store.lease("flux-system", "fleet") as first:
        with store.lease("flux-system", "fleet") as second:
            assert not second
            assert second.holder == ME
            assert not second.still_held()
        assert first.still_held()


def test_another_thread_and_another_store_come_second_too(store, url):
    answers = []

    def ask():
        with open_store(url) as mine, mine.lease("flux-system", "fleet") as held:
            answers.append(bool(held))

    with store.lease("flux-system", "fleet"):
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
    ask()
    assert answers == [False, True]


@pytest.mark.parametrize(
    "other", [("flux-system", "other"), ("dev", "fleet"), ("flux", "system\0fleet"), ("a/b", "../c")]
)
def test_other_automations_run_at_the_same_time(store, other):
    with store.lease("flux-system", "fleet") as first, store.lease(*other) as second:
        assert first
        assert second


def test_a_lease_is_given_back_when_the_run_fails(store):
    with pytest.raises(RuntimeError), store.lease("flux-system", "fleet"):
        raise RuntimeError
    with store.lease("flux-system", "fleet") as held:
        assert held


def test_holding_a_lease_hinders_no_writer(store):
    with store.lease("flux-system", "fleet"):
        store.put(FULL)
        assert store.get("flux-system", "fleet") == (FULL, ())


HOLD = """
import sys
from gitbot.state.store import open_store
with open_store(sys.argv[1]) as store, store.lease("flux-system", "fleet") as held:
    print(bool(held), flush=True)
    sys.stdin.readline()
"""


def test_a_lease_dies_with_the_process_that_held_it(store, url, start):
    holder = start(HOLD, url)
    assert holder.stdout.readline() == "True\n"
    with store.lease("flux-system", "fleet") as held:
        assert not held
        assert held.holder == f"pid {holder.pid} on {os.uname().nodename}"
    holder.kill()
    holder.wait()
    # A server learns of the death a moment later; the test's own deadline bounds this.
    while True:
        with store.lease("flux-system", "fleet") as held:
            if held:
                assert held.holder == ME
                return
        time.sleep(0.01)


CONTEND = """
import sys
from pathlib import Path
from gitbot.state.store import open_store
url, path = sys.argv[1], Path(sys.argv[2])
mine = 0
with open_store(url) as store:
    sys.stdin.readline()
    while mine < 10:
        with store.lease("flux-system", "fleet") as held:
            if held:
                path.write_text(str(int(path.read_text()) + 1))
                mine += 1
"""


def test_of_many_processes_only_one_at_a_time_holds_it(url, start, tmp_path):
    counter = tmp_path / "counter"
    counter.write_text("0")
    processes = [start(CONTEND, url, str(counter)) for _ in range(6)]
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.wait() for process in processes] == [0] * 6
    assert counter.read_text() == "60"


def test_the_key_of_a_lock_is_the_same_in_every_version():
    assert key_of("lease", "flux-system", "fleet") == -8_103_702_107_792_439_284
    assert key_of("a", "bc") != key_of("ab", "c")
    assert all(-(2**63) <= key_of("lease", "ns", str(number)) < 2**63 for number in range(100))


def test_a_lease_in_memory_excludes_the_threads_that_share_it():
    with open_store("sqlite://") as store:
        with store.lease("a", "b") as first, store.lease("a", "b") as second, store.lease("a", "c") as third:
            assert (bool(first), bool(second), bool(third)) == (True, False, True)
            assert first.still_held()
        with store.lease("a", "b") as again:
            assert again


def test_a_deleted_lock_file_ends_the_lease(tmp_path):
    with file_lease(tmp_path / "locks", "a", "b") as held:
        (lock,) = (tmp_path / "locks").iterdir()
        lock.unlink()
        assert not held.still_held()
        with file_lease(tmp_path / "locks", "a", "b") as successor:
            assert successor
            assert not held.still_held()


def test_a_lock_file_may_hold_anything(tmp_path):
    with file_lease(tmp_path, "a", "b"):
        (lock,) = tmp_path.iterdir()
        lock.write_bytes(b"\x1b[31mpid\n\xff")
        with file_lease(tmp_path, "a", "b") as second:
            assert second.holder == "\\x1b[31mpid\\n\N{REPLACEMENT CHARACTER}"


def test_a_link_in_place_of_a_lock_file_is_not_followed(tmp_path):
    target = tmp_path / "precious"
    target.write_text("precious")
    with file_lease(tmp_path / "locks", "a", "b"):
        (lock,) = (tmp_path / "locks").iterdir()
    lock.unlink()
    lock.symlink_to(target)
    with pytest.raises(GitbotError, match="cannot lock a/b"), file_lease(tmp_path / "locks", "a", "b"):
        pass
    assert target.read_text() == "precious"


def test_where_no_lock_file_can_be_made_the_error_names_it(tmp_path):
    (tmp_path / "locks").write_text("a file")
    with (
        pytest.raises(GitbotError, match=r"cannot lock a/b with .*: ") as raised,
        file_lease(tmp_path / "locks", "a", "b"),
    ):
        pass
    assert "flock" in raised.value.hint


def test_a_record_written_in_a_lease_names_its_automation(store):
    with store.lease("flux-system", "fleet") as held:
        assert held
        store.put(replace(FULL, intent=None))
    assert store.get("flux-system", "fleet")[0].intent is None
