"""Backups under write load, and restoring them."""

import os
import shutil
import threading
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from bot.backup import RESTORED, backup, restore
from bot.records import NewDelivery, Records
from bot.schedule import Slot
from bot.settings import Config, Settings
from bot.slots import Slots
from pipeline.errors import IndexInUse, SettingsError, StoreError
from pipeline.index import Claim, passages_of
from pipeline.models import Entry
from pipeline.store import Store
from tests.postgres import binaries

NOW = datetime(2026, 5, 18, 9, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path):
    config = Config.model_validate(
        {
            "feeds": [{"name": "f", "url": "https://example.org/feed"}],
            "profiles": {"p": {"title": "P", "topic": "anything"}},
        }
    )
    return Settings(home=tmp_path / "home", config=config, config_file=tmp_path / "brief.toml")


def write(store, n):
    some = [Entry(feed="f", guid=f"g{n}-{m}", title=f"Work {n} number {m}", text="Told.") for m in range(20)]
    store.add_entries(some, NOW, passages_of)


def test_backups_taken_while_the_database_is_written_to_are_whole(settings, tmp_path):
    store, stop = Store.open(settings.home / "brief.db"), threading.Event()

    def keep_writing():
        n = 0
        while not stop.is_set():
            write(store, n := n + 1)

    write(store, 0)
    writer = threading.Thread(target=keep_writing)
    writer.start()
    try:
        counts = []
        for n in range(5):
            assert backup(settings, tmp_path / f"{n}.db") > 10_000
            copy = Store.open(tmp_path / f"{n}.db")
            counts.append(copy.count_articles())
            assert counts[-1] % 20 == 0, "a batch is stored whole or not at all"
            copy.close()
    finally:
        stop.set()
        writer.join()
        store.close()
    assert counts == sorted(counts)
    assert not list(tmp_path.glob("*.unfinished"))


def test_a_restored_database_is_the_saved_one_and_the_old_one_is_kept(settings, tmp_path):
    store = Store.open(settings.home / "brief.db")
    write(store, 1)
    backup(settings, tmp_path / "saved.db")
    write(store, 2)
    store.close()
    (settings.index_folder / "generation").mkdir(parents=True)
    kept = restore(settings, tmp_path / "saved.db", NOW)
    for path, count in ((settings.home / "brief.db", 20), (kept, 40)):
        found = Store.open(path)
        assert found.count_articles() == count
        found.close()
    assert not (settings.index_folder / "generation").exists()


def test_what_was_due_before_a_restore_is_not_posted_again(settings, tmp_path):
    store = Store.open(settings.home / "brief.db")
    records = Records(store.engine)
    slots = Slots(records)
    slots.note_slots([Slot("#c", "p", NOW.date(), NOW)], NOW)
    records.open_delivery(NewDelivery("b", "c", "p", "C1", ({"text": "t"},)), NOW)
    store.close()
    backup(settings, tmp_path / "saved.db")
    restore(settings, tmp_path / "saved.db", NOW + timedelta(hours=1))
    store = Store.open(settings.home / "brief.db")
    records = Records(store.engine)
    assert [row["state"] for row in Slots(records).listing()] == ["skipped"]
    assert [(d["state"], d["error"]) for d in records.deliveries()] == [("failed", RESTORED)]
    store.close()


def test_nothing_is_restored_under_a_running_bot_or_from_another_file(settings, tmp_path):
    store = Store.open(settings.home / "brief.db")
    write(store, 1)
    store.close()
    backup(settings, tmp_path / "saved.db")
    running = Claim(settings.index_folder)
    running.take()
    with pytest.raises(IndexInUse):
        restore(settings, tmp_path / "saved.db", NOW)
    running.release()
    (tmp_path / "other.db").write_bytes(b"no database" * 100)
    with pytest.raises(StoreError, match="no backup of this program"):
        restore(settings, tmp_path / "other.db", NOW)
    damaged = bytearray((tmp_path / "saved.db").read_bytes())
    damaged[len(damaged) // 2 : len(damaged) // 2 + 4096] = b"\0" * 4096
    (tmp_path / "damaged.db").write_bytes(bytes(damaged))
    with pytest.raises(StoreError):
        restore(settings, tmp_path / "damaged.db", NOW)
    found = Store.open(settings.home / "brief.db")
    assert found.count_articles() == 20
    found.close()


# PostgreSQL


@pytest.fixture
def shared(settings, postgres_database, monkeypatch):
    """Settings with a database server, whose client programs can be called."""
    if (folder := binaries()) is not None:
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    if shutil.which("pg_dump") is None:
        pytest.skip("pg_dump is not installed")
    secrets = settings.secrets.model_copy(update={"database_url": SecretStr(postgres_database)})
    return settings.model_copy(update={"secrets": secrets})


def count_of(settings):
    store = Store.open(settings.database_url)
    try:
        return store.count_articles()
    finally:
        store.close()


def test_a_database_server_is_saved_and_restored_and_nothing_of_before_is_posted_again(shared, tmp_path):
    store = Store.open(shared.database_url)
    write(store, 1)
    Slots(Records(store.engine)).note_slots([Slot("#c", "p", NOW.date(), NOW)], NOW)
    assert backup(shared, tmp_path / "saved.db") > 10_000
    write(store, 2)
    with pytest.raises(SettingsError, match="end the bot everywhere"):
        restore(shared, tmp_path / "saved.db", NOW)
    store.close()
    kept = restore(shared, tmp_path / "saved.db", NOW)
    assert count_of(shared) == 20
    store = Store.open(shared.database_url)
    assert [row["state"] for row in Slots(Records(store.engine)).listing()] == ["skipped"]
    write(store, 3)
    store.close()
    restore(shared, kept, NOW)
    assert count_of(shared) == 40


def test_a_server_takes_no_damaged_backup_and_none_of_another_kind(shared, tmp_path):
    store = Store.open(shared.database_url)
    write(store, 1)
    store.close()
    backup(shared, tmp_path / "saved.db")
    whole = (tmp_path / "saved.db").read_bytes()
    (tmp_path / "cut.db").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "other.db").write_bytes(b"SQLite format 3" * 100)
    for name in ("cut.db", "other.db", "missing.db"):
        with pytest.raises(StoreError):
            restore(shared, tmp_path / name, NOW)
    assert count_of(shared) == 20


def test_without_postgresqls_client_programs_a_backup_says_what_to_install(settings, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    secrets = settings.secrets.model_copy(update={"database_url": SecretStr("postgresql+psycopg://x")})
    with pytest.raises(StoreError, match="postgresql-client"):
        backup(settings.model_copy(update={"secrets": secrets}), tmp_path / "saved.db")
