"""Another version of a stored brief, from the selection that it was written from: shorter, deeper, or worded anew.

record of the first version → other amounts → the same writer, the same checks → numbers that works have → a new brief
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from pipeline.brief import BESIDE
from pipeline.draft import AMOUNTS, Material, ThemeReport
from pipeline.errors import BriefError
from pipeline.models import Brief, Decision, FeedCount, Length, VersionKind
from pipeline.replaying import rewritten
from pipeline.snapshots import Inputs, packed, unpacked
from pipeline.store import Store
from pipeline.writing import extractive
from pipeline.writing.model import ModelWriter, Written

LENGTHS: tuple[Length, ...] = ("short", "standard", "long")
SHORT_TOP = 3
"""Top papers of a version that is shorter than its first; the others are mentions then."""


class VersionError(BriefError):
    """There can be no such version; the text says why."""


@dataclass(frozen=True)
class Basis:
    """What the first version of a brief was written from."""

    first: Brief
    material: Material

    @property
    def length(self) -> Length:
        """How long the first version was meant to be."""
        return next((name for name, a in AMOUNTS.items() if a == self.material.amounts), "standard")


def basis_of(store: Store, first: str) -> Basis:
    """What the brief of this id was written from; VersionError if that is not kept any more."""
    run, brief = store.run(first), store.brief(first)
    if run is None or brief is None or not run["inputs"]:
        raise VersionError(
            "What this brief was written from is no longer kept, so there is no other version."
        )
    try:
        return Basis(brief, unpacked(run["inputs"], Inputs).material)
    except ValueError:
        raise VersionError("This brief was written by an older version of the program.") from None


def offered(length: Length, *, worded: bool) -> dict[VersionKind, Length]:
    """The versions that there can be of a brief of this length; `worded` says that a model would word it anew."""
    at = LENGTHS.index(length)
    found: dict[VersionKind, Length] = {}
    if at > 0:
        found["shorter"] = LENGTHS[at - 1]
    if at + 1 < len(LENGTHS):
        found["deeper"] = LENGTHS[at + 1]
    return found | ({"again": length} if worded else {})


def resized(basis: Basis, length: Length) -> Material:
    """The material for a version of this length."""
    material = basis.material
    if length == basis.length:
        return material
    shorter = LENGTHS.index(length) < LENGTHS.index(basis.length)
    top = material.top[:SHORT_TOP] if shorter else material.top
    amounts = AMOUNTS[length]
    mentions = (*material.top[len(top) :], *material.mentions)
    more = 0 if shorter else max(0, amounts.mentions + BESIDE - len(mentions))
    return replace(
        material,
        top=top,
        mentions=(*mentions, *material.also[:more]),
        also=material.also[more:],
        themes=_fewer(material.themes, amounts.themes),
        amounts=amounts,
    )


def write_version(
    store: Store,
    basis: Basis,
    length: Length,
    numbers: Mapping[str, int],
    clock: Callable[[], datetime],
    writer: ModelWriter | None = None,
    channel: str | None = None,
) -> Brief:
    """The version of this length, checked and stored as a brief of its own; works keep these numbers.

    Where the text is that of a stored version, it is that one.
    """
    started = clock()
    material = resized(basis, length)
    written = writer.write(material) if writer else Written(extractive.write(material))
    brief = rewritten(basis.first, material, written, numbers)
    seconds = (clock() - started).total_seconds()
    brief = brief.model_copy(
        update={
            "generated_at": started.astimezone(UTC).replace(microsecond=0),
            "decisions": _settled(brief, material),
            "receipt": brief.receipt.model_copy(
                update={"per_feed": _per_feed(brief, material), "seconds": round(seconds, 3)}
            ),
        }
    )
    if (known := store.brief(brief.id)) is not None:  # the text of an earlier version
        return known
    store.save_brief(brief)
    note = f"{brief.id}: another version of {basis.first.id}"
    inputs = packed(Inputs(material, written.models))
    run = store.add_run("write", started, seconds, note, subject=brief.id, channel=channel, inputs=inputs)
    if writer:
        writer.keep(run, written)
    return brief


def _fewer(themes: tuple[ThemeReport, ...], most: int) -> tuple[ThemeReport, ...]:
    """The first themes, with the one that fades in the last place, as in every brief."""
    fading = tuple(theme for theme in themes if theme.change == "fading")
    others = tuple(theme for theme in themes if theme.change != "fading")
    return (*others[: most - len(fading)], *fading)


def _settled(brief: Brief, material: Material) -> tuple[Decision, ...]:
    """The decisions as this text has them."""
    top = {article.id for article in material.top}
    cited = {reference.article_id for reference in brief.references}
    return tuple(_settled_one(one, is_top=one.article_id in top, cited=cited) for one in brief.decisions)


def _settled_one(one: Decision, *, is_top: bool, cited: set[str]) -> Decision:
    if one.decision == "rejected":
        return one
    now: Literal["top", "cited", "considered"] = "considered"
    if one.article_id in cited:
        now = "top" if is_top else "cited"
    if now == one.decision:
        return one
    return one.model_copy(update={"decision": now, "reason": f"{one.reason}; {now} in this version"})


def _per_feed(brief: Brief, material: Material) -> tuple[FeedCount, ...]:
    known = material.articles()
    works = [known[r.article_id] for r in brief.references if r.article_id in known]
    return tuple(
        feed.model_copy(update={"cited": sum(feed.name in work.feeds for work in works)})
        for feed in brief.receipt.per_feed
    )
