"""Whether many stored articles slow the reading of more, and what memory that takes, without any embedding.

    .venv/bin/python -m benchmarks.growth [--works 80000]

Listings of 1,000 invented works are parsed, merged and stored one after the other; what the first and the last ones
took stands side by side. Machines differ: compare ratios, not seconds.
"""

import argparse
import resource
import sys
import tempfile
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from statistics import mean
from time import process_time

from benchmarks.synthetic import abstracts, arxiv_feed
from pipeline.index import passages_of
from pipeline.models import Feed
from pipeline.parse import parse_feed
from pipeline.store import Store

DAY = date(2026, 4, 1)
LISTING = 1_000
FIRST_ID = 10_000
"""arXiv gives numbers of five digits to the works of a month."""
SIDE = 3
"""Listings at each end that are averaged."""


def main() -> int:
    """Prints processor seconds a listing and peak memory as the store grows."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--works", type=int, default=80_000)
    count = min(arguments.parse_args().works, 99_999 - FIRST_ID)
    feed = Feed(name="arXiv cs.AI", url="https://rss.arxiv.org/rss/cs.AI", kind="arxiv")
    took: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(Path(folder) / "brief.db")
        for n in range(count // LISTING):
            day = DAY + timedelta(days=n)
            now = datetime.combine(day, time(12), UTC)
            body = arxiv_feed(abstracts(LISTING, seed=n), day, FIRST_ID + n * LISTING)
            started = process_time()
            store.add_entries(parse_feed(body, feed, now=now).entries, now, passages_of)
            took.append(process_time() - started)
            if n in (0, SIDE - 1) or (n + 1) * LISTING % 20_000 == 0:
                print(
                    f"{store.count_articles():>7} works stored: {took[-1]:.2f} s a listing, peak {_peak():.0f} MB"
                )
        store.close()
    first, last = mean(took[:SIDE]), mean(took[-SIDE:])
    print(f"a listing of {LISTING:,}: {first:.2f} s at first, {last:.2f} s at last, ratio {last / first:.2f}")
    return 0


def _peak() -> float:
    """Megabytes."""
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


if __name__ == "__main__":
    sys.exit(main())
