"""Feeds for the fault matrix, made of short names: the title of the work `a` is "Harbour note a ..."."""

import html

NUMBERS = {"1": "2606.00101", "2": "2606.00102", "3": "2606.00103"}
TITLES = {"1": "Tidal guards", "2": "Moored agents", "3": "Signed buoys"}


def item(
    name: str,
    *,
    guid: str | None = None,
    link: str | None = None,
    date: str = "Mon, 08 Jun 2026 09:00:00 GMT",
) -> str:
    """An RSS item; an empty guid or date is left out."""
    address = f"https://quay.example/posts/{ord(name[0])}" if link is None else link
    parts = [f"<title>{html.escape(_title(name))}</title><link>{html.escape(address)}</link>"]
    parts.append(f"<description>What {_title(name)} says in a sentence of its own.</description>")
    key = address if guid is None else guid
    parts += [f"<guid>{html.escape(key)}</guid>"] * bool(key) + [f"<pubDate>{date}</pubDate>"] * bool(date)
    return f"<item>{''.join(parts)}</item>"


def rss(*items: str, encoding: str = "utf-8", head: str = "") -> bytes:
    """An RSS document."""
    text = f'<?xml version="1.0" encoding="{encoding}"?>{head}<rss version="2.0"><channel><title>Quay</title>'
    return f"{text}{''.join(items)}</channel></rss>".encode(encoding)


def listing(day: int, *names: str) -> bytes:
    """An arXiv listing of a day in June 2026; a name may be followed by its version, as in `1v2`, or by `:cross`."""
    return rss(*(_listed(day, name) for name in names))


def _listed(day: int, name: str) -> str:
    plain, _, announce = name.partition(":")
    work, _, version = plain.partition("v")
    number = f"{NUMBERS[work]}v{version or 1}"
    kind = announce or ("replace" if version else "new")
    return (
        f"<item><title>{TITLES[work]}</title><link>https://arxiv.org/abs/{NUMBERS[work]}</link>"
        f"<guid>oai:arXiv.org:{number}</guid><description>arXiv:{number} Announce Type: {kind} \nAbstract: "
        f"About {TITLES[work]}.</description><pubDate>{_date(day)}</pubDate></item>"
    )


def _date(day: int) -> str:
    weekday = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[(day - 8) % 7]
    return f"{weekday}, {day:02d} Jun 2026 00:00:00 -0400"


def _title(name: str) -> str:
    return f"Harbour note {name}"


def article(title: str) -> str:
    """The name of the work that has this title."""
    names = {title: name for name, title in TITLES.items()}
    return names.get(title) or title.removeprefix("Harbour note ")


def attributes(count: int) -> bytes:
    """An item with very many attributes: quadratic time for a parser that checks them pairwise."""
    many = " ".join(f'a{i}="x"' for i in range(count))
    return rss(f"<item {many}><title>Harbour note a</title></item>")


def laughs() -> bytes:
    """Entities that grow tenfold nine times, in the description of an item that is otherwise well."""
    entities = '<!ENTITY l0 "lol">' + "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    bad = item("a").replace("</description>", "&l9;</description>")
    return rss(bad, head=f"<!DOCTYPE rss [{entities}]>")


def quadratic() -> bytes:
    """One long entity, used very often."""
    bad = item("a").replace("</description>", "&e;" * 20_000 + "</description>")
    return rss(bad, head=f'<!DOCTYPE rss [<!ENTITY e "{"x" * 20_000}">]>')


def atom_bomb(path: str) -> bytes:
    """An entity that stands for a file of this machine."""
    bad = item("a").replace("</description>", "&f;</description>")
    return rss(bad, head=f'<!DOCTYPE rss [<!ENTITY f SYSTEM "file://{path}">]>')
