"""A stored brief and what it was written from, for the benchmarks of writing with a model."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from bot.services import Services
from bot.settings import load_settings
from pipeline.draft import Material
from pipeline.models import Article, Brief, Window
from pipeline.replaying import rewritten
from pipeline.snapshots import Inputs, unpacked
from pipeline.store import Store
from pipeline.writing.model import Written


@dataclass(frozen=True)
class Ground:
    """A brief as it was stored, with its material: every case writes it anew."""

    store: Store
    brief: Brief
    material: Material

    def brief_of(self, written: Written, material: Material | None = None) -> Brief:
        """The whole brief, as it is stored and posted, with this text."""
        return rewritten(self.brief, material or self.material, written)


@contextmanager
def ground(home: Path, week_ending: date | None = None, config: Path | None = None) -> Iterator[Ground]:
    """An extractive brief of this week, written now; the default week ends today."""
    settings = load_settings(home, config)
    window = Window(since=week_ending - timedelta(days=6), until=week_ending) if week_ending else None
    with Services(settings) as services:
        brief = services.write_stored(window=window)
        run = services.store.run(brief.id)
        assert run is not None
        yield Ground(services.store, brief, unpacked(run["inputs"], Inputs).material)


def exchanged(material: Material, old: Article, new: Article) -> Material:
    """The material with one work in the place of another, wherever it stands."""

    def swapped(works: Sequence[Article]) -> tuple[Article, ...]:
        return tuple(new if work.id == old.id else work for work in works)

    themes = tuple(replace(theme, works=swapped(theme.works)) for theme in material.themes)
    return replace(
        material,
        top=swapped(material.top),
        mentions=swapped(material.mentions),
        also=swapped(material.also),
        themes=themes,
    )
