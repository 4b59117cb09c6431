"""Writes the schema of every migration, as a database of that time has it, and rows for its tables.

    .venv/bin/python -m tests.schemas.write

Files that are there already stay as they are: they are what older installations have. Run it when a migration was
added.
"""

import base64
import json
import re
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

import pipeline.store
from bot.arrivals import Arrival
from bot.conversations import Conversations
from bot.records import NewDelivery, Records
from bot.schedule import Slot
from bot.settings import Subscription
from bot.slots import Slots
from bot.votes import Votes
from pipeline.index import passages_of
from pipeline.models import Answer, Entry
from pipeline.store import FeedState, Store, open_engine
from tests import postgres

HERE = Path(__file__).parent
NOW = datetime(2026, 5, 18, 9, tzinfo=UTC)
ROWS = HERE / "rows.json"
FULL_TEXT = ("passages_fts", "fulltext_fts")
"""SQLite keeps tables of its own for these."""


def alembic() -> Config:
    """The program's migrations."""
    config = Config()
    config.set_main_option(
        "script_location", str(Path(pipeline.store.__file__).parent.with_name("migrations"))
    )
    return config


def migrated(engine: sa.Engine, revision: str) -> None:
    """Brings an empty database to a revision."""
    config = alembic()
    with engine.execution_options(write=True).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def sqlite_schema(engine: sa.Engine) -> str:
    """What makes the tables of this database anew."""
    query = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type != 'table', rowid"
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(query).all()
    own = [
        sql
        for name, sql in rows
        if not name.startswith(tuple(f"{one}_" for one in FULL_TEXT)) or "TRIGGER" in sql
    ]
    return ";\n\n".join(own) + ";\n"


def postgres_schema(url: str) -> str:
    """The same of a database on PostgreSQL."""
    dump = [
        str((postgres.binaries() or Path()) / "pg_dump"),
        "--schema-only",
        "--no-owner",
        "--no-privileges",
    ]
    plain = url.replace("postgresql+psycopg:", "postgresql:")
    text = subprocess.run([*dump, plain], check=True, capture_output=True, text=True).stdout
    lines = [line for line in text.splitlines() if not re.match(r"--|SET |SELECT pg_catalog|\\", line)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip().replace("public.", "") + "\n"


def fill(home: Path) -> Store:
    """A store of today with a little of everything."""
    store = Store.open(home / "brief.db")
    works = [
        Entry(
            feed="Forum",
            guid=f"g{n}",
            title=f"Kept work {n}",
            text=f"Guards number{n} hold.",
            url=f"https://a.example/{n}",
        )
        for n in range(3)
    ]
    store.add_entries(works, NOW, passages_of)
    store.save_feed_state(FeedState("Forum", "https://a.example/feed", etag='"kept"', last_success=NOW))
    store.add_run("ingest", NOW, 1.5, "1 feeds, 0 failed")
    records, conversations = Records(store.engine), Conversations(store.engine)
    slots = Slots(records)
    slots.note_subscriptions([Subscription(channel="#kept", profile="p", day="mon", time="08:00")], NOW)
    slots.note_slots([Slot("#kept", "p", NOW.date(), NOW)], NOW)
    records.open_delivery(
        NewDelivery("b-1", "c-1", "p", "C1", ({"text": "kept"},), "#kept|p|2026-05-18"), NOW
    )
    arrival = Arrival(("event:1",), "question", "question", "C1", "1.0", "U1", "kept?", "1.5", "1.0", NOW)
    conversations.receive([arrival])
    answer = Answer(question="kept?", status="refused", text="kept")
    conversations.save_answer(1, answer, None, {})
    conversations.posted(1, "1.6")
    Votes(store.engine).vote(1, "U2", "good", NOW)
    return store


def plain(value: Any) -> Any:
    """A value as JSON has it; bytes in base 64."""
    return {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value


def rows_of(store: Store) -> dict[str, list[dict[str, Any]]]:
    """All rows, by table, as the database has them."""
    with store.engine.connect() as connection:
        names = [n for n in sa.inspect(connection).get_table_names() if not n.startswith(FULL_TEXT)]
        found = {}
        for name in sorted(set(names) - {"alembic_version"}):
            rows = connection.exec_driver_sql(f'SELECT * FROM "{name}"').mappings().all()
            if rows:
                found[name] = [{key: plain(value) for key, value in row.items()} for row in rows]
    return found


def main() -> int:
    """Writes what is missing."""
    revisions = [s.revision for s in ScriptDirectory.from_config(alembic()).walk_revisions()]
    with tempfile.TemporaryDirectory() as folder, postgres.server() as server:
        if not ROWS.exists():
            store = fill(Path(folder))
            ROWS.write_text(json.dumps(rows_of(store), indent=1) + "\n", encoding="utf-8")
            store.close()
        for revision in sorted(revisions):
            file = HERE / f"{revision}.sqlite.sql"
            if not file.exists():
                engine = open_engine(f"sqlite:///{folder}/{revision}.db")
                migrated(engine, revision)
                file.write_text(sqlite_schema(engine), encoding="utf-8")
            file = HERE / f"{revision}.postgresql.sql"
            if not file.exists():
                with postgres.database(server, f"schema_{revision}") as url:
                    engine = open_engine(url)
                    migrated(engine, revision)
                    file.write_text(postgres_schema(url), encoding="utf-8")
                    engine.dispose()
    return 0


if __name__ == "__main__":
    sys.exit(main())
