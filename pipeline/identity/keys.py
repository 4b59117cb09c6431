"""What names a work for sure, and the id that follows from it. Pure."""

import hashlib
import re
from collections.abc import Iterable
from functools import lru_cache

from pipeline.addresses import arxiv_ref, canonical, doi_of
from pipeline.models import Entry
from pipeline.titles import plain_title, title_words

NUMBERED = ("arxiv:", "doi:")
"""Keys that hold a number of a paper."""
APART = "apart:"


def keys(entry: Entry) -> tuple[str, ...]:
    """What names the work surely: "arxiv:ID", "doi:...", "url:..." of the entry's own identifier and link.

    Links that the text merely mentions do not count. The page of an arXiv paper, or of a DOI, gives the paper's key
    and no url key; a site's front page gives none. An entry without any of these has "guid:FEED GUID". One that a
    person has set apart has only the mark of its own work.
    """
    if entry.apart is not None:
        return (f"{APART}{entry.apart}",)
    found: dict[str, None] = {}
    if entry.arxiv_id:
        found[f"arxiv:{entry.arxiv_id}"] = None
    for value in (entry.doi, entry.guid, entry.url):
        if value and (key := key_of(value)):
            found[key] = None
    return tuple(sorted(found)) or (f"guid:{entry.feed}\x1f{entry.guid}",)


def title_key(entry: Entry) -> str | None:
    """ "title:..." of the normalised title, or none if the title is too short or too general to name one work."""
    words = title_words(entry.title) if entry.apart is None else None
    return f"title:{words}" if words else None


def article_id(entries: Iterable[Entry]) -> str:
    """`arxiv:ID`, else `doi:...`, else `post:` and 12 hex digits made from the smallest address and its title.

    Without an address of its own a post is named by its feed and identifier. The title takes part because a feed
    may give one address to several things. The id of a post changes if its title does, or if it joins an entry
    with a smaller address; that of a paper does not.
    """
    entries = list(entries)
    found = sorted({key for entry in entries for key in keys(entry)})
    for kind in NUMBERED:
        if (named := next((key for key in found if key.startswith(kind)), None)) is not None:
            return named
    seed = min(_seed(entry) for entry in entries)
    return f"post:{hashlib.sha256(seed.encode('utf-8', 'replace')).hexdigest()[:12]}"


def _seed(entry: Entry) -> str:
    key = keys(entry)[0]
    # Addresses before identifiers: U sorts before g.
    return f"URL:{key[4:]}\x1f{plain_title(entry.title)}" if key.startswith("url:") else key


def journal_doi(entry: Entry) -> str | None:
    """The DOI that the entry names as its own, lower case, or none; arXiv's own DOIs count as arXiv ids."""
    return next((key[4:] for key in keys(entry) if key.startswith("doi:")), None)


@lru_cache(maxsize=8_192)
def key_of(value: str) -> str | None:
    """The key that an identifier or address gives, or none."""
    if (ref := arxiv_ref(value)) is not None:
        return f"arxiv:{ref[0]}"
    if (doi := doi_of(value)) is not None:
        return f"doi:{doi}"
    address = canonical(value)
    if address is None or not re.search(r"[/?]", address.removeprefix("https://")):
        return None
    return f"url:{address}"


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """The entries without repeats, in an order that does not depend on theirs."""
    distinct = list(dict.fromkeys(entries))
    return sorted(distinct, key=entry_order) if len(distinct) > 1 else distinct


def entry_order(entry: Entry) -> tuple[str, str, str]:
    """A total order: entries that differ in anything differ here."""
    return entry.feed, entry.guid, entry.model_dump_json()
