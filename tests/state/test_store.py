"""The store, the same over a SQLite file and over PostgreSQL."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from gitbot.errors import GitbotError
from gitbot.state import schema
from gitbot.state.store import open_store
from tests.state.examples import BEFORE, BLANK, FULL, INTENT, NOW, run
from tests.state.test_record import UNREADABLE


def sql(store, statement, *values):
    return store._database.write(lambda execute: execute(statement, *values))


def test_an_empty_store_has_blank_records_no_runs_and_no_cache(store):
    assert store.get("flux-system", "fleet") == (BLANK, ())
    assert store.records() == ((), ())
    assert store.history() == ((), ())
    assert store.cache_get("tags", "nginx") is None
    store.clear("flux-system", "fleet")
    store.cache_prune("tags", before=NOW)


def test_a_record_comes_back_also_after_the_store_was_closed(store, url):
    store.put(FULL)
    store.close()
    with open_store(url) as again:
        assert again.get("flux-system", "fleet") == (FULL, ())


def test_putting_replaces_the_record_and_its_intent(store):
    store.put(FULL)
    store.put(replace(FULL, intent=None, config_digest="sha256:c9"))
    assert store.get("flux-system", "fleet") == (replace(FULL, intent=None, config_digest="sha256:c9"), ())


def test_an_intent_changes_nothing_else_of_the_record(store):
    store.put(replace(FULL, intent=None))
    store.set_intent("flux-system", "fleet", INTENT)
    assert store.get("flux-system", "fleet") == (FULL, ())
    store.set_intent("flux-system", "fleet", None)
    assert store.get("flux-system", "fleet") == (replace(FULL, intent=None), ())


def test_an_intent_may_come_before_the_first_record(store):
    store.set_intent("flux-system", "fleet", INTENT)
    assert store.get("flux-system", "fleet") == (replace(BLANK, intent=INTENT), ())


def test_clearing_forgets_one_record_and_keeps_the_rest(store):
    other = replace(FULL, name="other")
    store.put(FULL, run(1))
    store.put(other)
    store.clear("flux-system", "fleet")
    assert store.records() == ((other,), ())
    assert store.history().runs == (run(1),)


def test_records_are_ordered_by_namespace_and_name(store):
    keys = [("b", "a"), ("B", "z"), ("a", "é"), ("a", "b-c"), ("a", "b"), ("a", "ba")]
    for namespace, name in keys:
        store.put(replace(BLANK, namespace=namespace, name=name))
    assert [(record.namespace, record.name) for record in store.records().records] == sorted(keys)


def test_the_history_has_the_newest_runs_first(store):
    for number in range(5):
        store.add_run(run(number))
    store.put(FULL, run(5))
    assert store.history("flux-system", "fleet", limit=3).runs == (run(5), run(4), run(3))


def test_the_history_of_one_automation_a_name_a_namespace_or_all(store):
    some = [run(1), run(2, name="other"), run(3, namespace="dev"), run(4, namespace="dev", name="other")]
    for each in some:
        store.add_run(each)
    ids = {"": ("r4", "r3", "r2", "r1"), "flux-system": ("r2", "r1"), "flux-system/fleet": ("r1",)}
    assert {
        "": tuple(item.id for item in store.history().runs),
        "flux-system": tuple(item.id for item in store.history("flux-system").runs),
        "flux-system/fleet": tuple(item.id for item in store.history("flux-system", "fleet").runs),
    } == ids
    assert [item.id for item in store.history(name="other").runs] == ["r4", "r2"]


def test_the_same_run_again_replaces_its_entry(store):
    store.add_run(run(1))
    store.add_run(run(2))
    mended = replace(run(1), outcome="failed", error="it did not arrive")
    store.add_run(mended)
    assert store.history().runs == (run(2), mended)


def test_of_each_automation_only_the_newest_runs_are_kept(url):
    with open_store(url, keep=3) as store:
        store.add_run(run(1, name="other"))
        for number in range(10):
            store.add_run(run(number))
        assert [item.id for item in store.history("flux-system", "fleet", limit=99).runs] == ["r9", "r8", "r7"]
        assert [item.id for item in store.history("flux-system", "other").runs] == ["r1"]


def test_a_run_and_its_record_are_written_together_or_not_at_all(store):
    store.put(FULL, run(1))
    broken = replace(run(2), started=NOW.replace(tzinfo=None))
    with pytest.raises(ValueError, match="without a zone"):
        store.put(BLANK, broken)
    assert store.get("flux-system", "fleet") == (FULL, ())
    assert store.history().runs == (run(1),)
    store.put(BLANK, run(2))
    assert store.get("flux-system", "fleet") == (BLANK, ())


def test_cached_bytes_come_back_until_they_are_pruned(store):
    value = bytes(range(256))
    store.cache_put("tags", "nginx", b"", now=BEFORE)
    store.cache_put("tags", "nginx", value, now=BEFORE)
    store.cache_put("tags", "redis", b"r", now=NOW)
    store.cache_put("seen", "nginx", b"s", now=BEFORE)
    assert store.cache_get("tags", "nginx") == value
    store.cache_prune("tags", before=NOW)
    assert [store.cache_get(*key) for key in (("tags", "nginx"), ("tags", "redis"), ("seen", "nginx"))] == [
        None,
        b"r",
        b"s",
    ]
    store.cache_prune("tags", before=NOW + timedelta(seconds=1))
    assert store.cache_get("tags", "redis") is None


@pytest.mark.parametrize(("text", "why"), UNREADABLE)
def test_an_unreadable_record_is_ignored_with_a_warning(store, text, why):
    store.put(FULL, run(1))
    sql(store, "UPDATE gitbot_records SET body = ?", text)
    record, problems = store.get("flux-system", "fleet")
    assert record == replace(BLANK, intent=INTENT)
    assert [(item.code, item.severity) for item in problems] == [("unreadable-state", "warning")]
    assert why in problems[0].message
    assert "record of flux-system/fleet" in problems[0].message
    assert store.records().problems == problems
    store.put(FULL)
    assert store.get("flux-system", "fleet") == (FULL, ())


def test_an_unreadable_intent_leaves_the_record_usable(store):
    store.put(FULL)
    sql(store, "UPDATE gitbot_records SET intent = ?", '{"schema":1,"refs":{"refs/heads/main":7}}')
    record, problems = store.get("flux-system", "fleet")
    assert record == replace(FULL, intent=None)
    assert "the intended push of flux-system/fleet" in problems[0].message


@pytest.mark.parametrize(
    "text",
    ["", '{"schema":99}', '{"schema":1,"outcome":"odd"}', '{"schema":1,"outcome":"pushed","problems":[{"line":"x"}]}'],
)
def test_an_unreadable_run_is_passed_over_with_a_warning(store, text):
    store.add_run(run(1))
    store.add_run(run(2))
    sql(store, "UPDATE gitbot_runs SET body = ? WHERE id = 'r1'", text)
    runs, problems = store.history()
    assert runs == (run(2),)
    assert [item.code for item in problems] == ["unreadable-state"]


def test_tables_of_version_1_are_brought_forward_with_what_they_hold(store, url):
    store.put(FULL, run(1))
    sql(store, "DROP TABLE gitbot_cache")
    sql(store, "UPDATE gitbot_schema SET version = 1")
    store.close()
    with open_store(url) as again:
        assert again.get("flux-system", "fleet") == (FULL, ())
        assert again.history().runs == (run(1),)
        again.cache_put("tags", "nginx", b"1", now=NOW)
        assert again.cache_get("tags", "nginx") == b"1"
        assert sql(again, "SELECT version FROM gitbot_schema") == [(schema.VERSION,)]


def test_tables_of_a_newer_gitbot_are_left_alone(store, url):
    store.put(FULL)
    sql(store, "UPDATE gitbot_schema SET version = 99")
    with pytest.raises(GitbotError, match="a newer gitbot made its tables") as raised:
        open_store(url)
    assert "update this gitbot" in raised.value.hint


def test_threads_share_one_store(store):
    def work(name):
        for number in range(20):
            store.put(replace(FULL, name=name), run(number, name=name))
            assert store.get("flux-system", name) == (replace(FULL, name=name), ())

    threads = [threading.Thread(target=work, args=[f"a{number}"]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.history(limit=999).runs) == 80


ADD_RUNS = """
import sys
from dataclasses import replace
import psycopg, sqlite3, gitbot.state.postgres, gitbot.state.sql, gitbot.state.sqlite
from gitbot.state.store import open_store
from tests.state.examples import BLANK, run
url, me = sys.argv[1:]
print("ready", flush=True)
sys.stdin.readline()
with open_store(url, keep=1000) as store:
    for number in range(25):
        store.add_run(replace(run(number), id=f"{me}-{number}"))
        store.put(replace(BLANK, name=me, config_digest=str(number)), run(number, name=me))
"""


def test_eight_processes_open_one_new_state_at_once_and_lose_nothing(url, start):
    names = [f"writer-{number}" for number in range(8)]
    writers = [start(ADD_RUNS, url, name) for name in names]
    assert [writer.stdout.readline() for writer in writers] == ["ready\n"] * 8
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    assert [writer.wait() for writer in writers] == [0] * 8
    with open_store(url, keep=1000) as store:
        shared = {item.id for item in store.history("flux-system", "fleet", limit=999).runs}
        assert shared == {f"{name}-{number}" for name in names for number in range(25)}
        assert [(record.name, record.config_digest) for record in store.records().records] == [
            (name, "24") for name in names
        ]
        assert len(store.history("flux-system", "writer-3", limit=999).runs) == 25


WRITE_UNTIL_KILLED = """
import sys
from dataclasses import replace
from gitbot.state.store import open_store
from tests.state.examples import FULL, INTENT, run
with open_store(sys.argv[1]) as store:
    for number in range(1_000_000):
        store.set_intent("flux-system", "fleet", replace(INTENT, run_id=f"r{number}"))
        print("intent", number, flush=True)
        store.put(replace(FULL, config_digest=f"r{number}", intent=None), run(number))
        print("record", number, flush=True)
"""


@pytest.mark.parametrize("lines", [1, 2, 7, 20, 51])
def test_a_writer_killed_at_any_moment_leaves_what_it_had_said_and_nothing_half_done(url, start, lines):
    writer = start(WRITE_UNTIL_KILLED, url)
    said = [writer.stdout.readline().split() for _ in range(lines)]
    writer.kill()
    said += [line.split() for line in writer.communicate()[0].splitlines() if line.count(" ") == 1]
    with open_store(url) as store:
        record, problems = store.get("flux-system", "fleet")
        newest = store.history().runs[:1]
        # The run and the record are of one transaction.
        assert record.config_digest == (newest[0].id if newest else "")
        assert problems == ()
        done = max((int(number) for word, number in said if word == "record"), default=-1)
        begun = max(int(number) for word, number in said if word == "intent")
        recorded = int(record.config_digest[1:] or -1)
        assert recorded >= done
        # A push that was announced is either still intended or recorded as done.
        assert recorded >= begun or record.intent.run_id in {f"r{begun}", f"r{begun + 1}"}
        store.put(FULL, run(1_000_001))
        assert store.get("flux-system", "fleet") == (FULL, ())


@pytest.mark.parametrize(
    "url",
    ["", "state.db", "/var/lib/state.db", "mysql://host/db", "sqlite:state.db", "sqlite://state.db", "sqlite:///",
     "postgresql+psycopg://gitbot:canary-1f6@host/db"],
)  # fmt: skip
def test_a_url_that_is_no_state_is_refused_without_its_secrets(url):
    with pytest.raises(GitbotError, match="state: ") as raised:
        open_store(url)
    assert "sqlite:////var" in raised.value.hint
    assert "canary" not in str(raised.value)


@pytest.mark.parametrize("driver", ["psycopg", "sqlalchemy", "jinja2", "git", "pydantic", "click"])
def test_a_state_in_sqlite_imports_nothing_heavy(start, tmp_path, driver):
    script = "import sys; from gitbot.state.store import open_store; open_store(sys.argv[1]).close(); print(sys.argv[2] in sys.modules)"
    assert start(script, f"sqlite:///{tmp_path}/state.db", driver).communicate()[0] == "False\n"


def test_the_state_package_alone_does_not_open_the_door_to_sqlite(start):
    script = "import sys; import gitbot.state.store; print('sqlite3' in sys.modules)"
    assert start(script).communicate()[0] == "False\n"
