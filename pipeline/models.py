"""The nouns of the program, frozen. Names and JSON fields are public: what scripts read of a brief or an answer.

Feed → Entry → Article → Candidate → Brief (sections of claims, anchored in articles) and Question → Answer.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

AnnounceType = Literal["new", "cross", "replace", "replace-cross"]
FeedKind = Literal["arxiv", "rss"]
FeedStatus = Literal["updated", "not_modified", "failed", "skipped"]
TextField = Literal["title", "abstract", "fulltext"]
Part = Literal["abstract", "fulltext"]
"""What is searched: titles and abstracts, or full texts. They never compete with each other."""
FullTextSource = Literal["html", "pdf", "page"]
"""arXiv's HTML, its PDF, or the page of a post."""
DecisionKind = Literal["top", "cited", "considered", "rejected"]
SectionKind = Literal["overview", "top_papers", "trends", "mentions", "missing", "recommendations", "outlook"]
AnswerStatus = Literal["answered", "not_in_index", "refused"]
Scope = Literal["works", "brief", "profile", "everything"]
"""Where an answer was found: in works that were named, the brief, the channel's feeds, or all that is stored."""


class Model(BaseModel):
    """A frozen value; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Feed(Model):
    """A subscription to a feed's address."""

    name: str = Field(min_length=1, max_length=120)
    url: str = Field(min_length=1, max_length=8192)
    kind: FeedKind = "rss"
    enabled: bool = True


Length = Literal["short", "standard", "long"]
Language = Literal["en", "de", "es", "fr"]
VersionKind = Literal["shorter", "deeper", "again"]
"""How another version of a brief differs from the one that it is made of."""


class Profile(Model):
    """What a channel cares about, in plain words."""

    name: str
    title: str
    topic: str
    feeds: tuple[str, ...] = ()
    """Names of feeds; empty means all."""
    top_papers: int = Field(default=5, ge=1, le=10)
    length: Length = "standard"
    language: Language = "en"
    """Of the words around the sources' own."""


class Entry(Model):
    """One item of one feed, cleaned: text without markup, http(s) links only."""

    feed: str
    guid: str
    """The publisher's id, byte for byte, or one made from link or title where there is none."""
    title: str
    url: str | None = None
    text: str = ""
    """Abstract of a paper, or the text of a post; paragraphs are separated by a blank line."""
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    """As the feed gives them, primary first for arXiv."""
    links: tuple[str, ...] = ()
    """Further http(s) addresses that the entry itself names: alternates and links in its text."""
    published: datetime | None = None
    updated: datetime | None = None
    announced: date | None = None
    """arXiv only: the day of the listing."""
    announce_type: AnnounceType | None = None
    arxiv_id: str | None = None
    """Without version, for example 2511.13788."""
    version: int | None = None
    doi: str | None = None
    comment: str | None = None
    journal_ref: str | None = None
    notes: tuple[str, ...] = ()
    """What was repaired or refused while reading, in words."""
    apart: str | None = None
    """Entries with the same mark are a work of their own, because a person has said so."""


class TextSection(Model):
    """A part of a full text under one heading; a subsection stands beside its section, not in it."""

    number: str = ""
    """As printed: `4.2`, `A`; empty where the heading has none."""
    name: str = ""
    """Empty for what stands before the first heading."""
    start: int
    end: int

    @property
    def label(self) -> str:
        """For people: `section 4.2 (Ablations)`; empty without a heading."""
        name = f" ({self.name})" if self.name else ""
        if self.number:
            return f"{'appendix' if self.number[:1].isalpha() else 'section'} {self.number}{name}"
        return f"section “{self.name}”" if self.name else ""


class FullText(Model):
    """All that a work says, of one version: anchors with the field `fulltext` point into `text`."""

    article_id: str
    version: int | None = None
    """Of a paper."""
    source: FullTextSource
    url: str
    text: str
    """Paragraphs with a blank line between them; without front matter, headings, tables and references."""
    sections: tuple[TextSection, ...] = ()
    paragraphs: tuple[tuple[int, int], ...] = ()

    def section_at(self, offset: int) -> TextSection | None:
        """The section in which a character of the text stands."""
        return next((s for s in self.sections if s.start <= offset < s.end), None)


class Article(Model):
    """A work: all its entries merged, whatever feed, version or day they came from."""

    id: str
    """`arxiv:2511.13788`, `doi:10.1000/x`, or `post:` and 12 hex digits made of its smallest address and title."""
    kind: Literal["paper", "post"]
    title: str
    authors: tuple[str, ...] = ()
    abstract: str = ""
    source: str
    """Where it was published, for people: `arXiv cs.CR`, or the feed's name."""
    feeds: tuple[str, ...] = ()
    """Names of all feeds that carried it, sorted."""
    categories: tuple[str, ...] = ()
    url: str | None = None
    other_urls: tuple[str, ...] = ()
    version: int | None = None
    submitted: date | None = None
    revised: date | None = None
    announced: date | None = None
    """The first day on which a listing or a feed showed it as new; none while only revisions were seen."""
    first_seen: AwareDatetime
    announce_type: AnnounceType | None = None
    """arXiv: the strongest seen so far, new > cross > replace > replace-cross."""
    doi: str | None = None
    comment: str | None = None
    journal_ref: str | None = None
    entries: int = 1
    """How many entries were merged into it."""
    fulltext: FullText | None = Field(default=None, exclude=True, repr=False)
    """Only where it was looked up; it is stored apart from the record."""

    @property
    def appeared(self) -> date | None:
        """The day that places the work in a window; none for a work seen only as a revision."""
        if self.announced is not None:
            return self.announced
        if self.announce_type in ("replace", "replace-cross"):
            return None
        return self.first_seen.astimezone(UTC).date()

    def text_of(self, field: TextField) -> str:
        """The stored text that anchors of this field point into."""
        if field == "fulltext":
            return self.fulltext.text if self.fulltext else ""
        return self.title if field == "title" else self.abstract


class Passage(Model):
    """An indexed piece of an article: `article.text_of(field)[start:end]`."""

    id: str
    article_id: str
    field: TextField
    start: int
    end: int
    text: str
    """What is embedded and searched: the title, then the piece."""


class Hit(Model):
    """A passage found for a question."""

    passage: Passage
    score: float
    """0 to 1 within one search; only the order has meaning."""
    similarity: float
    """Cosine of question and passage, -1 to 1."""


LONGEST_WINDOW = 366
"""Days that a brief covers at most."""


class Window(Model):
    """The UTC days that a brief covers, both included."""

    since: date
    until: date

    @model_validator(mode="after")
    def _in_order(self) -> "Window":
        if self.since > self.until:
            raise ValueError(f"since ({self.since}) is after until ({self.until})")
        return self

    def __contains__(self, day: date | None) -> bool:
        return day is not None and self.since <= day <= self.until

    @property
    def days(self) -> tuple[date, ...]:
        """Every day of the window, in order."""
        return tuple(self.since + timedelta(days=i) for i in range((self.until - self.since).days + 1))

    def before(self, weeks: int) -> "Window":
        """The window of the same length that ends `weeks` times its length earlier."""
        shift = timedelta(days=len(self.days) * weeks)
        return Window(since=self.since - shift, until=self.until - shift)


class Anchor(Model):
    """The span of a source on which a claim rests; `quote` equals the stored text between start and end."""

    article_id: str
    n: int | None = None
    """The reference's number; none in a draft."""
    field: TextField
    start: int
    end: int
    quote: str


class Claim(Model):
    """One sentence. If it asserts a finding of a source, it carries citations and anchors."""

    text: str
    citations: tuple[int, ...] = ()
    asserts: bool = False
    counts: dict[str, Any] | None = None
    anchors: tuple[Anchor, ...] = ()


class Item(Model):
    """A bullet or paragraph of a section."""

    title: str | None = None
    claims: tuple[Claim, ...] = ()


class Section(Model):
    """One of the seven sections of a brief."""

    kind: SectionKind
    heading: str
    items: tuple[Item, ...] = ()


class Reference(Model):
    """Line n of the list of references: one work."""

    n: int
    article_id: str
    title: str
    authors: tuple[str, ...] = ()
    source: str
    kind: Literal["paper", "post"]
    version: str | None = None
    submitted: date | None = None
    revised: date | None = None
    announced: date | None = None
    url: str | None = None
    other_urls: tuple[str, ...] = ()


class FeedCount(Model):
    """What one feed gave to a brief."""

    name: str
    entries: int
    works: int
    shared: int = 0
    """Works that another feed of the brief carried as well: they count once in the receipt's own works."""
    considered: int
    cited: int
    status: str
    """`ok`, `nothing new`, or why it failed, in words."""


class InFull(Model):
    """Whether a work that a brief considered for citing was read in full."""

    article_id: str
    source: FullTextSource | None = None
    """None if it was not: the brief rests on its abstract alone."""
    reason: str | None = None
    """Why not, in words."""


class Receipt(Model):
    """The counts and checks under a brief."""

    entries_seen: int
    works: int
    new_works: int | None = None
    """Those that are new in these days; the others are older ones shown again or revised."""
    duplicates_merged: int
    considered: int
    cited: int
    per_feed: tuple[FeedCount, ...] = ()
    claims: int = 0
    anchored: int = 0
    repaired: int = 0
    """Sentences of a model that failed a check and passed it when written once more."""
    replaced: int = 0
    """Those that failed it for good, where the source's own sentence stands now."""
    removed: int = 0
    """Those in whose place nothing stands, and other claims that were taken out."""
    covered_days: tuple[date, ...] = ()
    in_full: tuple[InFull, ...] = ()
    """Of the works considered for citing, those whose full text was looked for; empty if that is switched off."""
    writer: str = "extractive"
    notes: tuple[str, ...] = ()
    """What went wrong while it was written, in words."""
    tokens_in: int = 0
    tokens_out: int = 0
    cost_usd: float | None = None
    seconds: float = 0.0
    prompts: dict[str, str] = Field(default_factory=dict)


class Decision(Model):
    """What became of a work of the window, and why."""

    article_id: str
    decision: DecisionKind
    score: float
    reason: str


class Tally(Model):
    """What a brief counted over its window: distinct works, in all, on topic, and of these by theme, feed and so on.

    Later briefs compare themselves with it.
    """

    window: Window
    stored: int
    """How many works of the window were stored when it was counted; with another number it is out of date."""
    works: int
    on_topic: int
    themes: dict[str, int] = Field(default_factory=dict)
    """Works on topic by the theme's name, the largest first."""
    feeds: dict[str, int] = Field(default_factory=dict)
    """Works on topic by feed; a work that came by two feeds counts for both."""
    parts: dict[str, int] = Field(default_factory=dict)
    """Works on topic by the phrase of the profile's topic that they are about."""
    latest: dict[str, str] = Field(default_factory=dict)
    """The id of the last work about each phrase of the topic."""
    terms: dict[str, int] = Field(default_factory=dict)
    """Works on topic by each term that they carry in title or abstract."""


class Brief(Model):
    """The weekly synthesis, complete: everything that is rendered comes from here."""

    id: str
    title: str
    profile: str
    window: Window
    generated_at: AwareDatetime
    language: Language = "en"
    """Of title, headings and labels; sentences are in their sources' words."""
    sections: tuple[Section, ...]
    references: tuple[Reference, ...]
    receipt: Receipt
    decisions: tuple[Decision, ...] = ()

    def section(self, kind: SectionKind) -> Section:
        """The section of this kind, empty if the brief has none."""
        return next((s for s in self.sections if s.kind == kind), Section(kind=kind, heading=""))


class Nearest(Model):
    """A work near a question that the index does not answer."""

    article_id: str
    title: str
    url: str | None
    score: float


class Question(Model):
    """What a person asked, and where."""

    text: str
    brief_id: str | None = None
    channel: str = ""
    """Where it was asked, and whose limits pay for the answer; none on the command line."""
    history: tuple[str, ...] = ()
    """Earlier questions of the same thread, oldest first."""
    cited: tuple[tuple[str, ...], ...] = ()
    """For each of them the ids of the works that its answer cited, by first citation; left out where not known."""
    numbers: dict[int, str] = Field(default_factory=dict)
    """Numbers that the thread's answers gave to works which its brief does not cite, with the works' ids."""


class Table(Model):
    """What is said of several works, a row each."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    """A text a column, with its [n] marks."""


class Answer(Model):
    """What the index says to a question, or that it does not say."""

    question: str
    status: AnswerStatus
    text: str
    claims: tuple[Claim, ...] = ()
    table: Table | None = None
    """The same in rows and columns, where several works are told of; the text has it as Markdown."""
    references: tuple[Reference, ...] = ()
    searched: int = 0
    """How many passages were searched."""
    scope: Scope | None = None
    """The narrowest scope that has all works cited; none where none is."""
    nearest: tuple[Nearest, ...] = ()
    seconds: float = 0.0


class FeedResult(Model):
    """What reading one feed once gave; a failure is a value here, not an exception."""

    name: str
    status: FeedStatus
    entries: int = 0
    new_articles: int = 0
    merged: int = 0
    error: str | None = None
    seconds: float = 0.0


class IngestReport(Model):
    """What one run of ingestion gave."""

    as_of: AwareDatetime
    feeds: tuple[FeedResult, ...]
    articles_total: int
    indexed: int
    seconds: float = 0.0
