"""The truth: feeds, entries, articles, passages and briefs in SQL. Indexes and caches are made from here.

Entries are kept as they came; an article is the fold of its entries (identity.merge), so the order in which
entries arrive leaves no trace. All writing goes through short transactions that take the write lock at once
(SQLite: BEGIN IMMEDIATE, https://www.sqlite.org/lang_transaction.html), so that two processes wait for each
other instead of failing half way.
"""

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from pipeline.errors import StoreError
from pipeline.models import Article, Brief, Decision, Entry, Feed, Passage, Tally, Window
from pipeline.store import apart, feed_states, postgres
from pipeline.store.engines import first_line, open_engine, say_what_fails
from pipeline.store.feed_states import FeedDay, FeedState
from pipeline.store.folding import Added, WorkOf, changed_entries, entry_id, fold, load_entries, works_of
from pipeline.store.full_texts import FullTexts
from pipeline.store.passages import Passages
from pipeline.store.tables import (
    article_keys,
    articles,
    briefs,
    chunks,
    decisions,
    entries,
    runs,
    to_iso,
)
from pipeline.store.tallies import load_tally, save_tally, within

if TYPE_CHECKING:
    pass

SCHEMA = "0018"
"""The newest migration's revision; a test holds it equal to Alembic's head."""


_RUN = [column for column in runs.c if column.name != "inputs"]


class Store:
    """The research tables. Methods block; asynchronous callers use a thread."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self._writer = engine.execution_options(write="alone")
        self.full_texts = FullTexts(engine)
        self.passages = Passages(engine)

    @classmethod
    def open(cls, where: Path | str) -> "Store":
        """The store in this SQLite file or at this SQLAlchemy address, created or migrated as needed.

        StoreError if it cannot be used.
        """
        url = where if isinstance(where, str) else f"sqlite:///{where}"
        name = url.removeprefix("sqlite:///") if url.startswith("sqlite") else "DATABASE_URL"
        try:
            if url.startswith("sqlite"):
                Path(name).parent.mkdir(parents=True, exist_ok=True)
            store = cls(open_engine(url))
            store._migrate()
            say_what_fails(store.engine, name)
        except (OSError, sa.exc.DBAPIError) as error:
            cause = getattr(error, "orig", None) or error
            raise StoreError(f"{name}: the database cannot be opened ({first_line(cause)})") from error
        return store

    def close(self) -> None:
        """Closes all connections."""
        self.engine.dispose()

    def _migrate(self) -> None:
        with self.engine.connect() as connection:
            known = sa.inspect(connection).has_table("alembic_version")
            current = connection.scalar(sa.text("SELECT version_num FROM alembic_version")) if known else None
        if current == SCHEMA:
            return  # importing Alembic costs a third of a second
        if current is not None and current > SCHEMA:
            raise StoreError(
                f"the database has schema {current}, newer than this program's {SCHEMA}: "
                "install a newer version"
            )
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent.with_name("migrations")))
        with self._writer.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    # Feeds

    def feed_state(self, name: str, url: str) -> FeedState:
        """What is remembered of the feed; a changed address starts afresh."""
        with self.engine.connect() as connection:
            return feed_states.load_states(connection, {name: url})[name]

    def feed_states(self, feeds: Iterable[Feed]) -> dict[str, FeedState]:
        """What is remembered of each of these feeds, by name."""
        with self.engine.connect() as connection:
            return feed_states.load_states(connection, {feed.name: feed.url for feed in feeds})

    def save_feed_state(self, state: FeedState, reading: FeedDay | None = None) -> None:
        """Remembers the feed's state, and what this reading gave."""
        with self._writer.begin() as connection:
            feed_states.save_state(connection, state)
            if reading is not None:
                feed_states.add_reading(connection, reading)

    def feed_days(self, names: Collection[str], since: date) -> list[FeedDay]:
        """What the readings of these feeds gave from this day on, by feed and day."""
        with self.engine.connect() as connection:
            return feed_states.load_days(connection, names, since)

    def forget_feed(self, name: str) -> None:
        """Forgets state and history of a feed; its entries stay."""
        with self._writer.begin() as connection:
            feed_states.forget(connection, name)

    # Entries and articles

    def add_entries(
        self,
        batch: Sequence[Entry],
        seen_at: datetime,
        passages_of: Callable[[Article], list[Passage]],
    ) -> Added:
        """Stores entries, and the articles and passages that follow from them, in one transaction."""
        if not batch:
            return Added()
        with self._writer.begin() as connection:
            changed, fresh = changed_entries(connection, batch)
            if not changed:
                return Added()
            return fold(connection, changed, fresh, seen_at, passages_of)

    def works_of(self, fresh: Collection[str]) -> dict[str, WorkOf]:
        """The works of these entries, by entry key; a work is new if all its entries are among them."""
        with self.engine.connect() as connection:
            return works_of(connection, fresh)

    def set_apart(
        self, chosen: Sequence[Entry], now: datetime, passages_of: Callable[[Article], list[Passage]]
    ) -> None:
        """Makes these entries a work of their own, now and whenever they are read again."""
        self._regroup(apart.set_apart, chosen, now, passages_of)

    def join(
        self, chosen: Sequence[Entry], now: datetime, passages_of: Callable[[Article], list[Passage]]
    ) -> None:
        """Forgets that these entries were set apart; which work they are is decided by the rules again."""
        self._regroup(apart.join, chosen, now, passages_of)

    def _regroup(
        self,
        change: Callable[[sa.Connection, Sequence[Entry]], None],
        chosen: Sequence[Entry],
        now: datetime,
        passages_of: Callable[[Article], list[Passage]],
    ) -> None:
        with self._writer.begin() as connection:
            change(connection, chosen)
            changed, fresh = changed_entries(connection, chosen)
            if changed:
                fold(connection, changed, fresh, now, passages_of)

    def article_of(self, entry: Entry) -> Article | None:
        """The article that this entry belongs to."""
        query = sa.select(entries.c.article_id).where(entries.c.id == entry_id(entry))
        with self.engine.connect() as connection:
            found = connection.scalar(query)
        return self.article(found) if found else None

    def articles_with(self, key: str) -> list[Article]:
        """The articles that have this key (see `pipeline.identity.keys`), by id."""
        query = sa.select(article_keys.c.article_id).where(article_keys.c.key == key)
        with self.engine.connect() as connection:
            found = list(connection.scalars(query.order_by(article_keys.c.article_id)))
        return list(self.articles(found).values())

    def article(self, article_id: str) -> Article | None:
        """The article of this id, or of an id that it had before it was merged."""
        with self.engine.connect() as connection:
            data = connection.scalar(sa.select(articles.c.data).where(articles.c.id == article_id))
            if data is None:
                newer = connection.scalar(
                    sa.select(article_keys.c.article_id).where(article_keys.c.key == f"id:{article_id}")
                )
                data = connection.scalar(sa.select(articles.c.data).where(articles.c.id == newer))
        return Article.model_validate(data) if data else None

    def article_named(self, key: str) -> Article | None:
        """The article that this key names, such as `url:…` or `doi:…` of one of its entries."""
        with self.engine.connect() as connection:
            found = connection.scalar(
                sa.select(article_keys.c.article_id).where(article_keys.c.key == key).limit(1)
            )
        return self.article(found or key)

    def articles(self, ids: Sequence[str]) -> dict[str, Article]:
        """The articles of these ids that exist, by id."""
        found: dict[str, Article] = {}
        with self.engine.connect() as connection:
            for chunk in chunks(ids):
                rows = connection.scalars(sa.select(articles.c.data).where(articles.c.id.in_(chunk)))
                found.update((a.id, a) for a in map(Article.model_validate, rows))
        return found

    def articles_in(self, window: Window) -> list[Article]:
        """Articles that appeared, or were revised, within the window; ordered by id."""
        query = sa.select(articles.c.data).where(within(window)).order_by(articles.c.id)
        with self.engine.connect() as connection:
            return [Article.model_validate(row) for row in connection.scalars(query)]

    def undecided_in(self, window: Window, briefs_before: Sequence[str]) -> list[Article]:
        """Articles that appeared within the window and that none of these briefs had as a candidate, by id."""
        asked = sa.select(decisions.c.article_id).where(decisions.c.brief_id.in_(briefs_before))
        days = articles.c.appeared.between(window.since.isoformat(), window.until.isoformat())
        query = sa.select(articles.c.data).where(days, articles.c.id.not_in(asked)).order_by(articles.c.id)
        with self.engine.connect() as connection:
            return [Article.model_validate(row) for row in connection.scalars(query)]

    def articles_by(self, name: str, limit: int) -> list[Article]:
        """Articles with an author of this name or surname, the latest first."""
        like = "%" + json.dumps(name)[1:-1].replace("%", "").replace("_", " ") + "%"
        sql = sa.text(
            "SELECT data FROM articles WHERE data LIKE :like AND EXISTS (SELECT 1 FROM json_each(data, '$.authors') "
            "WHERE ' ' || value || ' ' LIKE '% ' || :name || ' %') ORDER BY appeared DESC, id LIMIT :limit"
        )
        with self.engine.connect() as connection:
            if postgres.is_postgres(connection):
                return [Article.model_validate(row) for row in postgres.by_author(connection, name, limit)]
            rows = connection.execute(sql, {"like": like, "name": name, "limit": limit})
            return [Article.model_validate_json(row[0]) for row in rows]

    def count_articles(self) -> int:
        """How many articles are stored."""
        with self.engine.connect() as connection:
            return int(connection.scalar(sa.select(sa.func.count()).select_from(articles)) or 0)

    def last_day(self) -> date | None:
        """The latest day on which a stored article appeared."""
        with self.engine.connect() as connection:
            found = connection.scalar(sa.select(sa.func.max(articles.c.appeared)))
        return date.fromisoformat(found) if found else None

    def first_day(self) -> date | None:
        """The earliest day on which anything was seen; none for an empty store."""
        with self.engine.connect() as connection:
            first = connection.scalar(sa.select(sa.func.min(entries.c.seen_at)))
        return datetime.fromisoformat(first).date() if first else None

    def entries_of(self, ids: Sequence[str]) -> dict[str, list[Entry]]:
        """The entries behind these articles, by article id."""
        found: dict[str, list[Entry]] = {}
        with self.engine.connect() as connection:
            for entry, article_id, _ in load_entries(connection, ids):
                found.setdefault(article_id, []).append(entry)
        return found

    # Briefs and runs

    def save_brief(self, brief: Brief, basis: str = "", tally: Tally | None = None) -> None:
        """Stores the brief with its decisions and what it counted; the same brief again replaces itself.

        `basis` says what the count depends on besides the window; only counts of one basis are compared.
        """
        values = {
            "id": brief.id,
            "profile": brief.profile,
            "since": brief.window.since.isoformat(),
            "until": brief.window.until.isoformat(),
            "generated_at": to_iso(brief.generated_at),
            "data": brief.model_dump(mode="json"),
        }
        chosen = [{"brief_id": brief.id, **d.model_dump()} for d in brief.decisions]
        with self._writer.begin() as connection:
            connection.execute(sa.delete(briefs).where(briefs.c.id == brief.id))
            connection.execute(sa.delete(decisions).where(decisions.c.brief_id == brief.id))
            connection.execute(sa.insert(briefs).values(values))
            if chosen:
                connection.execute(sa.insert(decisions), chosen)
            if tally is not None:
                save_tally(connection, basis, tally, brief.id)

    def tally(self, basis: str, window: Window) -> Tally | None:
        """What was counted in this window; none if that was never done, or the stored works have changed since."""
        with self.engine.connect() as connection:
            return load_tally(connection, basis, window)

    def save_tally(self, basis: str, tally: Tally) -> None:
        """Keeps what was counted in a window for which no brief was written."""
        with self._writer.begin() as connection:
            save_tally(connection, basis, tally, None)

    def brief(self, brief_id: str) -> Brief | None:
        """The stored brief of this id."""
        with self.engine.connect() as connection:
            data = connection.scalar(sa.select(briefs.c.data).where(briefs.c.id == brief_id))
        return Brief.model_validate(data) if data else None

    def briefs(self, limit: int = 20, profile: str | None = None) -> list[dict[str, Any]]:
        """Id, title, window and time of the last briefs (of this profile), newest first."""
        query = sa.select(briefs.c.data).order_by(briefs.c.generated_at.desc(), briefs.c.id).limit(limit)
        if profile is not None:
            query = query.where(briefs.c.profile == profile)
        with self.engine.connect() as connection:
            rows = list(connection.scalars(query))
        return [{key: row[key] for key in ("id", "title", "window", "generated_at")} for row in rows]

    def windows_of(self, brief_ids: Sequence[str]) -> list[Window]:
        """The windows of these briefs, the earliest first."""
        query = sa.select(briefs.c.since, briefs.c.until).where(briefs.c.id.in_(brief_ids))
        with self.engine.connect() as connection:
            found = connection.execute(query.order_by(briefs.c.until, briefs.c.since))
            return [Window(since=date.fromisoformat(a), until=date.fromisoformat(b)) for a, b in found]

    def featured_before(
        self, profile: str, day: date, followed: Sequence[str] | None = None
    ) -> dict[str, str]:
        """Top papers of briefs whose window ended before this day: article id to brief id.

        The briefs are those of these ids, or without them all of the profile.
        """
        return {work: brief for work, brief, _ in self._decided_before(profile, day, followed, ["top"])}

    def told_before(self, profile: str, day: date, followed: Sequence[str] | None = None) -> dict[str, date]:
        """Works cited by such briefs, with the last day of the last of them."""
        rows = self._decided_before(profile, day, followed, ["top", "cited"])
        return {work: date.fromisoformat(until) for work, _, until in rows}

    def _decided_before(
        self, profile: str, day: date, followed: Sequence[str] | None, kinds: Sequence[str]
    ) -> list[tuple[str, str, str]]:
        """article_id, id and until of each such decision in the briefs that ended before, oldest first."""
        whose = briefs.c.profile == profile if followed is None else briefs.c.id.in_(followed)
        query = (
            sa.select(decisions.c.article_id, briefs.c.id, briefs.c.until)
            .join(briefs, briefs.c.id == decisions.c.brief_id)
            .where(whose, briefs.c.until < day.isoformat(), decisions.c.decision.in_(kinds))
            .order_by(briefs.c.until, briefs.c.id)
        )
        with self.engine.connect() as connection:
            return [(row[0], row[1], row[2]) for row in connection.execute(query)]

    def decision(self, brief_id: str, article_id: str) -> Decision | None:
        """What became of the work in the brief; none if it was not in its window."""
        query = sa.select(decisions).where(
            decisions.c.brief_id == brief_id, decisions.c.article_id == article_id
        )
        with self.engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return Decision(**{k: v for k, v in row.items() if k != "brief_id"}) if row else None

    def add_run(
        self,
        use_case: str,
        as_of: datetime,
        seconds: float,
        note: str,
        *,
        subject: str | None = None,
        channel: str | None = None,
        inputs: bytes | None = None,
    ) -> int:
        """Records an attempt at a use case and gives its number.

        `subject` is the brief's id, or the question; `inputs` is what a replay starts from.
        """
        values: dict[str, Any] = {
            "use_case": use_case,
            "as_of": to_iso(as_of),
            "seconds": seconds,
            "note": note,
        }
        values |= {"subject": subject, "channel": channel, "inputs": inputs}
        with self._writer.begin() as connection:
            done = connection.execute(sa.insert(runs).values(values))
            return int(done.inserted_primary_key[0])  # type: ignore[index]

    def runs(self, limit: int = 10) -> list[dict[str, Any]]:
        """The last runs, newest first, without their inputs."""
        query = sa.select(*_RUN).order_by(runs.c.number.desc()).limit(limit)
        with self.engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def run(self, name: str) -> dict[str, Any] | None:
        """The run of this number, or the last one that wrote the brief of this id, with its inputs."""
        is_number = name.isdecimal() and len(name) < 19  # what a column of whole numbers holds
        is_it = runs.c.number == int(name) if is_number else runs.c.subject == name
        query = sa.select(runs).where(is_it).order_by(runs.c.number.desc()).limit(1)
        with self.engine.connect() as connection:
            row = connection.execute(query).mappings().first()
            return dict(row) if row else None
