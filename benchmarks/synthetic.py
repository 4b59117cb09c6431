"""As many invented works as a benchmark needs: sentences of the sample works, mixed anew by a seeded generator."""

import random
from datetime import UTC, date, datetime
from email.utils import format_datetime
from html import escape

from bot.sample.works import load_works
from pipeline.writing.sentences import split_sentences


def abstracts(count: int, seed: int = 1) -> list[tuple[str, str]]:
    """(title, abstract) pairs, all different; 5 to 9 sentences each, as long as real abstracts."""
    works = load_works()
    sentences = [w.abstract[s.start : s.end] for w in works for s in split_sentences(w.abstract)]
    words = sorted({word for w in works for word in w.title.split() if len(word) > 4})
    chosen = random.Random(seed)
    made = []
    for number in range(count):
        title = f"{' '.join(chosen.sample(words, 6))} {number}"
        made.append((title, " ".join(chosen.sample(sentences, chosen.randint(5, 9)))))
    return made


def arxiv_feed(works: list[tuple[str, str]], day: date, first: int) -> bytes:
    """An arXiv RSS feed that announces these works as new; ids count from `first`."""
    stamp = format_datetime(datetime(day.year, day.month, day.day, 4, tzinfo=UTC))
    items = "".join(
        f"<item><title>{escape(title)}</title><link>https://arxiv.org/abs/2604.{first + n}</link>"
        f"<description>arXiv:2604.{first + n}v1 Announce Type: new \nAbstract: {escape(text)}</description>"
        f'<guid isPermaLink="false">oai:arXiv.org:2604.{first + n}v1</guid><category>cs.AI</category>'
        f"<pubDate>{stamp}</pubDate><arxiv:announce_type>new</arxiv:announce_type>"
        f"<dc:creator>Author {n % 997}, Author {n % 89}</dc:creator></item>"
        for n, (title, text) in enumerate(works)
    )
    return (
        "<?xml version='1.0' encoding='UTF-8'?>"
        '<rss version="2.0" xmlns:arxiv="http://arxiv.org/schemas/atom" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<channel><title>cs.AI updates on arXiv.org (invented)</title><pubDate>{stamp}</pubDate>"
        f"{items}</channel></rss>"
    ).encode()
