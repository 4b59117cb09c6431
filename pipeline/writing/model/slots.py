"""Where a model may write: the sentences of the extractive draft that tell on a source, each a slot with a key.

Frames and counts are never a model's. A slot that no accepted sentence fills keeps the source's own sentence.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from pipeline.draft import DraftClaim, DraftItem, DraftSection, Material, ThemeReport
from pipeline.models import Article, SectionKind
from pipeline.trends import key_of_name
from pipeline.writing.extractive.plain import capital
from pipeline.writing.model.evidence import Evidence
from pipeline.writing.sentences import Span

WHY = "Why it matters: "
WORKS_A_CALL = 8
JOINED = 4
"""Works of a theme that are shown for the sentence on what they have in common."""
NEIGHBOURS = 1
"""Sentences before and after the chosen one that are shown where a single sentence is told on."""

Calls = Mapping[str, tuple[SectionKind, ...]]
CALLS: Calls = {
    "top": ("overview", "top_papers"),
    "mentions": ("mentions",),
    "themes": ("trends",),
    "advice": ("recommendations", "outlook"),
}
"""One call for each group of sections."""
PURPOSES: Mapping[SectionKind, str] = {
    "overview": "what the work found, in a sentence that stands alone and names the work",
    "top_papers": "what the work did or found",
    "trends": "finding: what the work found, in a sentence that stands alone and names the work",
    "mentions": "what the work found, in one sentence",
    "recommendations": "what the work advises its readers to do; names the work",
    "outlook": "what the work names as open or as a limit; names the work",
}


class Place(NamedTuple):
    """Section, item and claim of a draft, counted from 0; a claim beyond the last one is added."""

    section: int
    item: int
    claim: int


@dataclass(frozen=True)
class Slot:
    """One sentence to be written: where it stands, what it is for, and the works it may speak of."""

    key: str
    place: Place
    purpose: str
    works: tuple[Evidence, ...]
    claim: DraftClaim | None = None
    """The extractive sentence that stands there; none for a sentence that is only a model's."""
    counts: Mapping[str, int] | None = None
    """The stored counts that the sentence may state."""
    names_work: bool = False
    tells_work: bool = False
    """Whether it is to say what the work did or found, not what was known before."""
    lead: str = ""
    before: int = 0
    """Works that the same theme had in the week before; none if it was no theme then."""

    @property
    def line(self) -> str:
        """The slot as a model is told of it."""
        keys = ", ".join(work.key for work in self.works)
        about = f"work {keys}" if len(self.works) == 1 else f"works {keys}"
        stored = "; ".join(f"stored count of {name}: {n}" for name, n in (self.counts or {}).items())
        known = f"the week before had this theme too, with {self.before} works" if self.before else ""
        parts = [f"{self.key}: {about}", self.purpose, self._near(), stored, known]
        return "; ".join(part for part in parts if part)

    def _near(self) -> str:
        """The sentence that was chosen without a model, as a hint."""
        if self.claim is None or not self.claim.anchors:
            return ""
        number = self.works[0].number_of(_span(self.claim))
        return f"see {self.works[0].key}.{number}" if number else ""


@dataclass(frozen=True)
class Group:
    """The slots of one call, under the name of its sections."""

    name: str
    prompt: str
    slots: tuple[Slot, ...]

    @property
    def works(self) -> tuple[Evidence, ...]:
        """The works of the slots, each once, with every sentence that one of its slots may use."""
        found: dict[str, Evidence] = {}
        for work in (work for slot in self.slots for work in slot.works):
            found[work.key] = found[work.key].joined(work) if work.key in found else work
        return tuple(found.values())


def works_of(material: Material) -> Iterator[Article]:
    """All works that the material names, best first; some come twice."""
    yield from (*material.top, *material.suggested, *material.mentions, *material.also)
    for theme in material.themes:
        yield from theme.works


def groups_of(
    draft: Sequence[DraftSection], material: Material, evidence: Mapping[str, Evidence]
) -> tuple[Group, ...]:
    """The calls to be made over a draft, none of them empty, each with at most eight works."""
    number = iter(range(1, 1_000_000))
    found = []
    for name, kinds in CALLS.items():
        slots = [
            replace(slot, key=f"s{next(number)}")
            for at, section in enumerate(draft)
            if section.kind in kinds
            for slot in _slots(at, section, material, evidence)
        ]
        if name == "advice":
            slots = [_narrowed(slot) for slot in slots]
        prompt = "join_themes" if name == "themes" else "tell_works"
        found += [Group(name, prompt, part) for part in _parts(slots)]
    return tuple(found)


def _slots(
    at: int, section: DraftSection, material: Material, evidence: Mapping[str, Evidence]
) -> Iterator[Slot]:
    themes = {capital(theme.name): theme for theme in material.themes}
    before = {key_of_name(name): works for name, works in material.themes_before}
    for number, item in enumerate(section.items):
        for position, claim in enumerate(item.claims):
            if claim.asserts and len(claim.works) == 1 and claim.anchors and claim.works[0] in evidence:
                place = Place(at, number, position)
                yield _slot(place, section.kind, claim, evidence[claim.works[0]])
        theme = themes.get(item.title or "") if section.kind == "trends" else None
        if theme is not None:
            yield from _common(Place(at, number, len(item.claims)), theme, evidence, before)


def _slot(place: Place, kind: SectionKind, claim: DraftClaim, work: Evidence) -> Slot:
    is_why = claim.text.startswith(WHY)
    return Slot(
        key="",
        place=place,
        purpose="why it matters: the need or the stakes that the work names" if is_why else PURPOSES[kind],
        works=(work,),
        claim=claim,
        names_work=kind not in ("top_papers", "mentions"),
        tells_work=not is_why and kind not in ("recommendations", "outlook"),
        lead=WHY if is_why else "",
    )


def _common(
    place: Place, theme: ThemeReport, evidence: Mapping[str, Evidence], before: Mapping[str, int]
) -> Iterator[Slot]:
    """The sentence on what a theme's works have in common, if two of them can be shown."""
    works = tuple(evidence[a.id] for a in theme.works if a.id in evidence)[:JOINED]
    if len(works) > 1:
        counts = {"works of this theme": len(theme.works)}
        yield Slot(
            "",
            place,
            "in common: what two or more of the works share or how they differ",
            works,
            counts=counts,
            before=before.get(key_of_name(theme.name), 0),
        )


def _narrowed(slot: Slot) -> Slot:
    """The slot with the sentence that it tells on and its neighbours alone."""
    work = slot.works[0]
    at = work.number_of(_span(slot.claim)) if slot.claim else None
    if at is None:
        return slot
    near = [n for n in work.numbered if abs(n - at) <= NEIGHBOURS]
    return replace(slot, works=(work.only(near),))


def _span(claim: DraftClaim) -> Span:
    return Span(claim.anchors[0].start, claim.anchors[0].end)


def _parts(slots: Iterable[Slot]) -> Iterator[tuple[Slot, ...]]:
    """The slots in parts of at most eight works each, in their order."""
    part: list[Slot] = []
    keys: set[str] = set()
    for slot in slots:
        mine = {work.key for work in slot.works}
        if part and len(keys | mine) > WORKS_A_CALL:
            yield tuple(part)
            part, keys = [], set()
        part.append(slot)
        keys |= mine
    if part:
        yield tuple(part)


def filled(draft: Sequence[DraftSection], written: Mapping[Place, DraftClaim]) -> tuple[DraftSection, ...]:
    """The draft with these sentences in their places."""
    return tuple(
        DraftSection(
            section.kind, tuple(_filled(at, n, item, written) for n, item in enumerate(section.items))
        )
        for at, section in enumerate(draft)
    )


def _filled(section: int, number: int, item: DraftItem, written: Mapping[Place, DraftClaim]) -> DraftItem:
    """An item whose sentences would tell one span twice keeps the source's own sentences."""
    places = [Place(section, number, n) for n in range(len(item.claims) + 1)]
    claims = [written.get(p) or c for p, c in zip(places, item.claims, strict=False)]
    first = [claim.anchors[0] for claim in claims if claim.asserts and claim.anchors]
    if len(set(first)) < len(first):
        claims = list(item.claims)
    added = [written[places[-1]]] if places[-1] in written else []
    return DraftItem((*claims, *added), title=item.title)
