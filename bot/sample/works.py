"""The sample works and posts, read from TOML, and what is announced on each day."""

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any, Literal

AnnounceType = Literal["new", "cross", "replace", "replace-cross"]
OFF_TOPIC = "off-topic"
_ORDER: tuple[AnnounceType, ...] = ("new", "cross", "replace", "replace-cross")


@dataclass(frozen=True, slots=True)
class Version:
    """A later version of a work; a title or abstract of None is that of the version before."""

    number: int
    announced: date
    title: str | None
    abstract: str | None


@dataclass(frozen=True, slots=True)
class Cross:
    """A category added to a work some days after its first announcement."""

    category: str
    announced: date


@dataclass(frozen=True, slots=True)
class Work:
    """One arXiv-like work with everything ever announced about it; its primary category comes first."""

    id: str
    theme: str
    title: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    announced: date
    abstract: str
    versions: tuple[Version, ...]
    crosses: tuple[Cross, ...]
    repeated: tuple[date, ...]

    def on(self, day: date) -> "Edition":
        """The work as it stood on a day: its newest version and its categories by then."""
        number, title, abstract = 1, self.title, self.abstract
        for version in self.versions:
            if version.announced <= day:
                number = version.number
                title, abstract = version.title or title, version.abstract or abstract
        added = tuple(cross.category for cross in self.crosses if cross.announced <= day)
        return Edition(self.id, number, title, abstract, self.authors, self.categories + added)


@dataclass(frozen=True, slots=True)
class Edition:
    """The text of a work at one version."""

    id: str
    version: int
    title: str
    abstract: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Announcement:
    """One item of an arXiv feed: an edition and how it is announced in that category."""

    type: AnnounceType
    edition: Edition


@dataclass(frozen=True, slots=True)
class Post:
    """One entry of a blog or forum feed. It appears at `published`; the feed gives that date if `dated`.

    `announces` is the id of the work that the post only announces, if it does.
    """

    feed: str
    id: str
    slug: str
    theme: str
    title: str
    author: str
    published: datetime
    html: str
    link: str | None
    dated: bool
    announces: str | None


@cache
def load_works() -> tuple[Work, ...]:
    """All sample works in the order of their ids."""
    folder = files(__package__).joinpath("works")
    texts = [entry.read_text(encoding="utf-8") for entry in folder.iterdir() if entry.name.endswith(".toml")]
    rows = [row for text in texts for row in tomllib.loads(text)["works"]]
    return tuple(sorted((_work(row) for row in rows), key=lambda work: work.id))


@cache
def load_posts() -> tuple[Post, ...]:
    """All sample posts, oldest first; a post that its feed shows twice is there twice."""
    text = files(__package__).joinpath("posts.toml").read_text(encoding="utf-8")
    posts = [post for row in tomllib.loads(text)["posts"] for post in _posts(row)]
    return tuple(sorted(posts, key=lambda post: post.published))


def listing(works: Iterable[Work], day: date, category: str) -> list[Announcement]:
    """What the feed of a category announces on a day: new works, cross-lists, replacements, each by id."""
    found = [item for work in works if (item := _announcement(work, day, category)) is not None]
    return sorted(found, key=lambda item: (_ORDER.index(item.type), item.edition.id))


def _announcement(work: Work, day: date, category: str) -> Announcement | None:
    edition = work.on(day)
    if category not in edition.categories:
        return None
    primary = category == edition.categories[0]
    if day == work.announced or day in work.repeated:
        return Announcement("new" if primary else "cross", edition)
    if Cross(category, day) in work.crosses:
        return Announcement("cross", edition)
    if any(version.announced == day for version in work.versions):
        return Announcement("replace" if primary else "replace-cross", edition)
    return None


def _work(row: dict[str, Any]) -> Work:
    return Work(
        id=row["id"],
        theme=row["theme"],
        title=row["title"],
        authors=tuple(row["authors"]),
        categories=tuple(row["categories"]),
        announced=row["announced"],
        abstract=_one_line(row["abstract"]),
        versions=tuple(_version(version) for version in row.get("versions", ())),
        crosses=tuple(Cross(cross["category"], cross["announced"]) for cross in row.get("crosses", ())),
        repeated=tuple(row.get("repeated", ())),
    )


def _version(row: dict[str, Any]) -> Version:
    abstract = row.get("abstract")
    return Version(row["version"], row["announced"], row.get("title"), abstract and _one_line(abstract))


def _posts(row: dict[str, Any]) -> Iterator[Post]:
    shown = [(row["published"], row.get("link"))]
    shown += [(again["published"], again["link"]) for again in row.get("again", ())]
    for published, link in shown:
        yield Post(
            feed=row["feed"],
            id=row["id"],
            slug=row.get("slug", row["id"]),
            theme=row["theme"],
            title=row["title"],
            author=row["author"],
            published=published,
            html=row["html"].strip(),
            link=link,
            dated=row.get("dated", True),
            announces=row.get("announces"),
        )


def _one_line(text: str) -> str:
    return " ".join(text.split())
