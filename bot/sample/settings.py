"""The days, settings and questions with which the demo uses the sample feeds."""

from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlsplit

from bot.sample.feeds import CATEGORIES, DEAD_PATH, FORUM_PATH, HARROW_PIKE_PATH, QUILLFEATHER_PATH
from bot.sample.papers import PREFIX

FIRST_DAY, LAST_DAY = date(2026, 5, 4), date(2026, 5, 24)
DAYS: tuple[date, ...] = tuple(FIRST_DAY + timedelta(days=n) for n in range((LAST_DAY - FIRST_DAY).days + 1))
ANNOUNCEMENT_DAYS: tuple[date, ...] = tuple(day for day in DAYS if day.weekday() < 5)

QUESTIONS: tuple[str, str, str] = (
    "By how much does High Tide raise the attack success rate against Tidewall?",
    "How much sabotage does a chain-of-thought monitor catch with and without a length penalty?",
    "Which works deal with prompt injection into the memory of LLM agents?",
)
IN_FULL_TEXT = "How many GPU hours did the experiments of High Tide take?"
"""A question that an abstract does not answer; the full text does."""
UNANSWERABLE = "How large is the fine for breaking the rules on facial recognition?"

_TOPIC = """
Trustworthy, verifiable, secure reasoning AI: alignment and its failure modes, jailbreaks and adversarial
robustness of LLMs and agents, interpretability and faithfulness of reasoning, formal verification and assurance
of AI systems, AI control, oversight and governance, privacy and security of models. NOT plain image-text
alignment, protein alignment, generic capability papers, generic security without AI.
"""


def instant(day: date) -> datetime:
    """The instant at which the sample web is read on a day: 14:00 UTC, when the day's announcement is out."""
    return datetime.combine(day, time(14), UTC)


def sample_config(base_url: str) -> str:
    """The text of a brief.toml that reads the sample feeds at an address; ValueError if it is not http."""
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError(f"The sample feeds need an http address, not {base_url!r}.")
    base = base_url.rstrip("/")
    feeds = [(f"arXiv {category} (sample)", f"/rss/{category}", "arxiv") for category in CATEGORIES]
    feeds += [
        ("Sample Alignment Forum", FORUM_PATH, "rss"),
        ("Quillfeather Safety Lab (sample)", QUILLFEATHER_PATH, "rss"),
        ("Harrow & Pike Research (sample)", HARROW_PIKE_PATH, "rss"),
        ("Retired Reading List (sample)", DEAD_PATH, "rss"),
    ]
    head = "# Settings of the demo. All feeds carry sample data: invented works, authors and results.\n\n"
    return (
        head
        + "".join(_feed(name, base + path, kind) for name, path, kind in feeds)
        + _rest(parts.netloc, base)
    )


def _feed(name: str, url: str, kind: str) -> str:
    return f'[[feeds]]\nname = "{name}"\nurl = "{url}"\nkind = "{kind}"\n\n'


def _rest(host: str, base: str) -> str:
    return (
        "[profiles.secure-reasoning]\n"
        'title = "Secure Reasoning Research (sample data)"\n'
        f'topic = """{_TOPIC}"""\n'
        "top_papers = 5\n\n"
        "[network]\n"
        f'allow_private_hosts = ["{host}"]\n\n'
        "[fulltext]\n"
        f'arxiv = "{base}{PREFIX}"\n'
        "pages = false\n"
        "works = 12\n"
    )
