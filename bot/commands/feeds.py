"""`brief feeds`: add, remove, list, import, export, and the shipped catalogue."""

import argparse
import asyncio
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.commands.console import ServicesOf, print_json, print_lines, write_output
from pipeline.errors import SettingsError

if TYPE_CHECKING:
    from bot.services import Services
    from pipeline.discovery import Discovered
    from pipeline.fetch import Fetcher
    from pipeline.models import Feed

CATALOGUE = Path(__file__).with_name("catalogue.toml")
SHOWN = 5
"""Entries shown of a feed that is added."""


def add_feeds_command(commands: Any, common: argparse.ArgumentParser, services_of: ServicesOf) -> None:
    """Adds `feeds` with its subcommands to the program's parser; each gets its services by `services_of`."""
    feeds = commands.add_parser("feeds", help="the feeds that are read: add, remove, list, import, export")
    verbs = feeds.add_subparsers(required=True, metavar="VERB")

    def add(name: str, do: Callable[..., int], text: str) -> argparse.ArgumentParser:
        verb: argparse.ArgumentParser = verbs.add_parser(name, parents=[common], help=text, description=text)
        verb.set_defaults(command=lambda arguments: _run(do, arguments, services_of))
        return verb

    new = add(
        "add", _add, "finds the feed of a page, or takes one of the catalogue, and adds it to brief.toml"
    )
    new.add_argument("address", metavar="URL", help="of a feed or a page, or a name of the catalogue")
    new.add_argument("--name", help="what to call it (default: its own title)")
    new.add_argument("--dry-run", action="store_true", help="only show what it would bring")
    new.add_argument("--json", action="store_true")
    add("remove", _remove, "takes a feed out of brief.toml; what was read stays").add_argument("name")
    add("list", _list, "the feeds and how they are").add_argument("--json", action="store_true")
    imported = add("import", _import, "adds the feeds of an OPML file that are not there yet")
    imported.add_argument("file", type=Path, metavar="FILE.opml")
    imported.add_argument("--dry-run", action="store_true", help="only show what would be added")
    exported = add("export", _export, "prints the feeds as OPML 2.0")
    exported.add_argument("--output", type=Path, metavar="F", help="write to this file instead")
    shown = add("catalogue", _catalogue, "research feeds by field, to add by name")
    shown.add_argument("field", nargs="?", help="show one field, or what mentions this word")
    shown.add_argument("--json", action="store_true")


def _run(do: Callable[..., int], arguments: argparse.Namespace, services_of: ServicesOf) -> int:
    with services_of(arguments) as services:
        return do(services, arguments)


def _add(services: "Services", arguments: argparse.Namespace) -> int:
    from pipeline.models import Feed
    from pipeline.opml import unique_name

    address, name = _wanted(arguments)
    found = asyncio.run(_discovered(services, address))
    feeds = services.settings.config.feeds
    same = _same(feeds, found.feed)
    if same is not None:
        raise SettingsError(f"feeds: {found.feed.url} is there already, as {same.name!r}")
    if arguments.name in {feed.name for feed in feeds}:
        raise SettingsError(f"--name: there is a feed named {arguments.name!r} already")
    name = arguments.name or unique_name(name or found.feed.name, (feed.name for feed in feeds))
    feed = Feed(name=name, url=found.feed.url, kind=found.feed.kind)
    path = None if arguments.dry_run else _write(services, [feed])
    if arguments.json:
        print_json({"added": path is not None, "config": str(path or "") or None, **_shown(feed, found)})
        return 0
    print_lines(_found_lines(feed, found))
    if path is not None:
        print_lines([f"Added to {path}. `brief ingest` reads it."])
    return 0


def _wanted(arguments: argparse.Namespace) -> tuple[str, str | None]:
    """The address to look at, and the name that the catalogue has for it."""
    for row in catalogue():
        if row["name"].lower() == arguments.address.strip().lower():
            if "url" not in row:
                raise SettingsError(f"{row['name']}: has no feed of its own. {row['how']}")
            return row["url"], row["name"]
    return arguments.address, None


async def _discovered(services: "Services", address: str) -> "Discovered":
    from pipeline.discovery import discover

    async with _fetcher(services) as reader:
        return await discover(address, reader, services.now())


def _fetcher(services: "Services") -> "Fetcher":
    from pipeline.fetch import Fetcher

    network = services.settings.config.network
    return Fetcher(network.allow_private_hosts, contact=network.contact)


def _shown(feed: "Feed", found: "Discovered") -> dict[str, Any]:
    entries = [
        {"title": e.title, "url": e.url, "date": _date(e.announced or e.published or e.updated)}
        for e in found.entries[:SHOWN]
    ]
    return {
        "feed": feed.model_dump(mode="json"),
        "entries_total": len(found.entries),
        "entries": entries,
        "notes": list(found.notes),
        "others": list(found.others),
    }


def _found_lines(feed: "Feed", found: "Discovered") -> list[str]:
    count = len(found.entries)
    lines = [f"{feed.name}: {feed.url} ({feed.kind}), {count} {'entry' if count == 1 else 'entries'}"]
    for entry in found.entries[:SHOWN]:
        when = _date(entry.announced or entry.published or entry.updated) or "no date   "
        lines.append(f"  {when[:10]}  {entry.title}")
    lines += [f"  note: {note}" for note in found.notes]
    if found.others:
        lines.append(f"  the page names other feeds too: {', '.join(found.others[:SHOWN])}")
    return lines


def _date(moment: Any) -> str | None:
    return moment.isoformat() if moment else None


def _remove(services: "Services", arguments: argparse.Namespace) -> int:
    name, config = arguments.name, services.settings.config
    if name not in {feed.name for feed in config.feeds}:
        known = ", ".join(feed.name for feed in config.feeds)
        raise SettingsError(f"feeds: there is no feed named {name!r} (known: {known})")
    for key, profile in config.profiles.items():
        if name in profile.feeds:
            raise SettingsError(f"profiles.{key}.feeds names {name!r}: take it out there first")
    if len(config.feeds) == 1:
        raise SettingsError(f"feeds: {name!r} is the only one; add another first")
    from bot.commands import feeds_file

    path, text, values = _settings_text(services)
    values["feeds"] = [table for table in values["feeds"] if table["name"] != name]
    feeds_file.replace_file(path, feeds_file.without_feed(text, name), values)
    services.store.forget_feed(name)
    print_lines([f"Removed from {path}. What was read from it stays."])
    return 0


def _list(services: "Services", arguments: argparse.Namespace) -> int:
    from pipeline.health import read_health

    feeds = services.settings.config.feeds
    found = read_health(services.store, feeds, services.now())
    if arguments.json:
        rows = zip(feeds, found, strict=True)
        print_json([feed.model_dump(mode="json") | health.as_json() for feed, health in rows])
        return 0
    for feed, health in zip(feeds, found, strict=True):
        usual = f"; {health.rhythm}" if health.rhythm and not health.sentence else ""
        print_lines([f"{feed.name} ({feed.kind}): {health.state}{usual}", f"  {health.moved_to or feed.url}"])
        if health.sentence:
            print_lines([f"  {health.sentence}"])
    return 0


def _import(services: "Services", arguments: argparse.Namespace) -> int:
    from pipeline.opml import read_opml

    try:
        data = arguments.file.read_bytes()
    except OSError as error:
        raise SettingsError(f"{arguments.file}: cannot be read ({error.strerror})") from error
    feeds = services.settings.config.feeds
    listed = read_opml(data, taken=(feed.name for feed in feeds))
    fresh = [feed for feed in listed.feeds if _same(feeds, feed) is None]
    refused = asyncio.run(_refusals(services, fresh))
    added = [feed for feed in fresh if feed.name not in refused]
    lines = [f"+ {feed.name}: {feed.url}" for feed in added]
    lines += [f"- {name}: {reason}" for name, reason in refused.items()]
    lines += [f"- {note}" for note in listed.notes]
    path = _write(services, added) if added and not arguments.dry_run else None
    known = len(listed.feeds) - len(fresh)
    place = f"added to {path}" if path else "not added" if arguments.dry_run else "nothing to add"
    print_lines([*lines, f"{len(added)} feeds new ({place}), {known} known already, {len(refused)} refused"])
    return 0


async def _refusals(services: "Services", feeds: "Sequence[Feed]") -> dict[str, str]:
    """The feeds whose addresses may not be fetched, with the reason; names are looked up, nothing is connected to."""
    slots = asyncio.Semaphore(8)
    reader = _fetcher(services)

    async def look(feed: "Feed") -> tuple[str, str | None]:
        async with slots:
            return feed.name, await reader.refusal(feed.url)

    looked = await asyncio.gather(*map(look, feeds))
    return {name: reason for name, reason in looked if reason is not None}


def _export(services: "Services", arguments: argparse.Namespace) -> int:
    from pipeline.opml import write_opml

    text = write_opml(services.settings.config.feeds, services.now())
    write_output(text, arguments.output)
    return 0


def catalogue() -> list[dict[str, str]]:
    """The shipped research feeds: name, field, about, and either url, kind and known, or how to get an address."""
    rows: list[dict[str, str]] = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))["feeds"]
    return [{"kind": "rss", **row} if "url" in row else row for row in rows]


def _catalogue(services: "Services", arguments: argparse.Namespace) -> int:
    rows, wanted = catalogue(), (arguments.field or "").lower()
    chosen = [row for row in rows if row["field"] == wanted] or [
        row for row in rows if wanted in f"{row['field']} {row['name']} {row['about']}".lower()
    ]
    if not chosen:
        fields = ", ".join(dict.fromkeys(row["field"] for row in rows))
        raise SettingsError(
            f"field: nothing of the catalogue mentions {arguments.field!r} (fields: {fields})"
        )
    if arguments.json:
        print_json(chosen)
        return 0
    for field in dict.fromkeys(row["field"] for row in chosen):
        print_lines([field[:1].upper() + field[1:]])
        for row in chosen:
            if row["field"] == field:
                print_lines([f"  {row['name']}: {row['about']}", f"    {row.get('url') or row['how']}"])
    return 0


# The settings file


def _write(services: "Services", feeds: "Sequence[Feed]") -> Path:
    from bot.commands import feeds_file

    path, text, values = _settings_text(services)
    tables = [tomllib.loads("\n".join(feeds_file.table_of(feed)))["feeds"][0] for feed in feeds]
    values["feeds"] = [*values["feeds"], *tables]
    feeds_file.replace_file(path, feeds_file.with_feeds(text, feeds), values)
    return path


def _settings_text(services: "Services") -> tuple[Path, str, dict[str, Any]]:
    """The file to change, its text and what it says; the shipped settings are copied to ./brief.toml, not changed."""
    from bot.commands import feeds_file

    config_file = services.settings.config_file
    text = feeds_file.read_text(config_file)
    return feeds_file.target_of(config_file), text, feeds_file.values_of(config_file, text)


def _same(feeds: "Sequence[Feed]", wanted: "Feed") -> "Feed | None":
    from pipeline.addresses import canonical

    return next((feed for feed in feeds if canonical(feed.url) == canonical(wanted.url)), None)
