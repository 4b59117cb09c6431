"""The command line. Standard output carries the result; logs and progress go to standard error.

Exit status: 0 done, 1 the work failed (one line says why), 2 the call or the settings are wrong.
"""

import argparse
import asyncio
import importlib
import json
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.commands import lab
from bot.commands.console import (
    OneLineParser,
    complain,
    draft_on_terminal,
    leave_output,
    print_json,
    print_lines,
    progress_bar,
    speak_utf8,
    whole_number,
    write_output,
)
from bot.commands.feeds import add_feeds_command
from bot.commands.forget import add_forget_command
from bot.commands.operations import add_operations_commands
from bot.commands.profile import add_profile_command
from bot.commands.runs import add_runs_commands
from bot.commands.slack import add_slack_commands
from bot.commands.split import add_split_command
from pipeline.errors import BriefError, QuestionError, SettingsError

if TYPE_CHECKING:
    from bot.services import Services
    from pipeline.models import Answer, Article, Brief, FeedResult, IngestReport, Window

FORMATS = ("markdown", "json", "slack", "html", "bibtex", "ris", "csl-json", "chart")
YEARS = range(1990, 2200)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit status."""
    arguments = _parser().parse_args(argv)
    speak_utf8()
    from bot.telemetry import start_logging

    start_logging(verbose=arguments.verbose)
    try:
        return int(arguments.command(arguments) or 0)
    except (SettingsError, QuestionError) as error:
        return complain(error.user_message, 2)
    except BriefError as error:
        return complain(error.user_message, 1)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # whoever read the output has seen enough
        leave_output()
        return 1


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--home", type=Path, metavar="DIR", help="state: database, index (default ./.brief)")
    common.add_argument("--config", type=Path, metavar="FILE", help="settings (default ./brief.toml)")
    common.add_argument("--as-of", type=_instant, metavar="TIME", help="take this instant as now (ISO 8601)")
    common.add_argument("--verbose", action="store_true", help="log what is done to standard error")
    parser: argparse.ArgumentParser = OneLineParser(
        prog="brief", description="A weekly research brief, in Slack."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(
        name: str, command: Callable[[argparse.Namespace], int | None], text: str
    ) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, parents=[common], help=text, description=text)
        sub.set_defaults(command=command)
        return sub

    demo = add("demo", _demo, "the main job on sample feeds, in a local workspace")
    demo.add_argument(
        "--port", type=whole_number(0, 65_535), default=8080, help="port of the local workspace's page"
    )
    demo.add_argument("--once", action="store_true", help="print the brief and one answer, then exit")
    demo.add_argument("--http", action="store_true", help="the workspace calls the bot over HTTP")
    run = add("run", _run, "the bot: Slack connection, schedule, delivery")
    run.add_argument("--http", action="store_true", help="listen for Slack instead of connecting to it")
    ingest = add("ingest", _ingest, "reads all feeds once")
    ingest.add_argument("--json", action="store_true")
    _write_options(add("write", _write, "writes, stores and prints a brief over what has been ingested"))
    ask = add("ask", _ask, "answers a question from the index")
    ask.add_argument("question")
    ask.add_argument("--brief", metavar="ID", help="use this brief's numbers")
    ask.add_argument("--profile", metavar="P")
    ask.add_argument("--json", action="store_true")
    why = add("why", _why, "why a work is in a brief, or was left out")
    why.add_argument(
        "article", metavar="ARTICLE", help="number in the brief, arXiv id, address, or words of the title"
    )
    why.add_argument("--brief", metavar="ID", help="by default the latest")
    why.add_argument("--profile", metavar="P", help="the latest brief of this profile")
    add("check", _check, "validates settings, tokens, feeds, store and index")
    status = add("status", _status, "feeds' health, last runs, next deliveries, index state")
    status.add_argument("--json", action="store_true")
    add_feeds_command(commands, common, _services)
    add_profile_command(commands, common, _services)
    add_split_command(commands, common, _services)
    add_slack_commands(commands, common, _services)
    add_operations_commands(commands, common, _services)
    add_runs_commands(commands, common, _services)
    add_forget_command(commands, common, _services)
    index = commands.add_parser("index", help="the search index").add_subparsers(required=True)
    rebuild = index.add_parser("rebuild", parents=[common], help="rebuilds the index from the store")
    rebuild.set_defaults(command=_rebuild)
    lab.add_commands(commands, common, _services)
    return parser


def _write_options(write: argparse.ArgumentParser) -> None:
    write.add_argument("--profile", metavar="P")
    write.add_argument("--since", type=_day, metavar="D", help="first UTC day")
    write.add_argument("--until", type=_day, metavar="D", help="last UTC day, included")
    write.add_argument("--week-ending", type=_day, metavar="D", help="the seven days up to this one")
    write.add_argument("--format", choices=FORMATS, default="markdown")
    write.add_argument("--output", type=Path, metavar="F", help="write to this file instead")


def _instant(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time such as 2026-05-18T09:00:00Z") from None
    _check_year(moment.year)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day such as 2026-05-18") from None
    _check_year(day.year)
    return day


def _check_year(year: int) -> None:
    if year not in YEARS:
        span = f"{YEARS.start} to {YEARS.stop - 1}"
        raise argparse.ArgumentTypeError(f"the year must be from {span}, not {year}")


def _services(arguments: argparse.Namespace) -> "Services":
    from bot.parts import utc_now
    from bot.services import Services
    from bot.settings import load_settings
    from bot.telemetry import configure

    settings = load_settings(arguments.home, arguments.config)
    configure(settings, verbose=arguments.verbose)
    if getattr(arguments, "http", False):
        settings = settings.over_http()
    moment: datetime | None = arguments.as_of
    return Services(settings, clock=(lambda: moment) if moment else utc_now)


def _demo(arguments: argparse.Namespace) -> int:
    from bot.demo import run_demo

    return asyncio.run(
        run_demo(arguments.home, port=arguments.port, once=arguments.once, http=arguments.http)
    )


def _run(arguments: argparse.Namespace) -> int:
    from bot.app import run

    with _services(arguments) as services:
        asyncio.run(run(services))
    return 0


def _ingest(arguments: argparse.Namespace) -> int:
    with _services(arguments) as services, progress_bar(services) as progress:
        report = asyncio.run(services.ingest(progress.hooks))
    if arguments.json:
        print_json(report.model_dump(mode="json"))
    else:
        print_lines(_report_lines(report))
    tried = [feed for feed in report.feeds if feed.status != "skipped"]
    all_failed = bool(tried) and all(feed.status == "failed" for feed in tried)
    return complain("no feed could be read", 1) if all_failed else 0


def _report_lines(report: "IngestReport") -> list[str]:
    lines = [_feed_line(feed) for feed in report.feeds]
    lines.append(
        f"{report.articles_total} works in the store, {report.indexed} passages indexed, {report.seconds:.1f} s"
    )
    return lines


def _feed_line(feed: "FeedResult") -> str:
    if feed.status == "failed":
        return f"{feed.name}: failed: {feed.error}"
    if feed.status != "updated":
        reason = f": {feed.error}" if feed.error else ""
        return f"{feed.name}: {feed.status.replace('_', ' ')}{reason}"
    return f"{feed.name}: {feed.entries} entries, {feed.new_articles} new works, {feed.merged} merged"


def _write(arguments: argparse.Namespace) -> int:
    window = _window(arguments)
    with _services(arguments) as services:
        table = services.settings.config.fulltext
        if table.enabled and sys.stderr.isatty():
            sys.stderr.write(
                f"brief: up to {table.works} works are read in full, {table.seconds:.0f} s at most\n"
            )
        brief = services.write_stored(arguments.profile, window)
    write_output(_rendered(brief, arguments.format), arguments.output)
    return 0


def _window(arguments: argparse.Namespace) -> "Window | None":
    from pipeline.models import LONGEST_WINDOW, Window

    since, until, ending = arguments.since, arguments.until, arguments.week_ending
    if ending and (since or until):
        raise SettingsError("--week-ending: give either this or --since and --until")
    if ending:
        return Window(since=ending - timedelta(days=6), until=ending)
    if bool(since) != bool(until):
        raise SettingsError("--since, --until: give both")
    if since and since > until:
        raise SettingsError(f"--since: {since} is after --until {until}")
    if since and (until - since).days >= LONGEST_WINDOW:
        raise SettingsError(f"--since, --until: a brief covers at most {LONGEST_WINDOW} days")
    return Window(since=since, until=until) if since else None


def _rendered(brief: "Brief", form: str) -> str | bytes:
    from pipeline import rendering

    if form == "chart":
        picture = rendering.chart_png(brief)
        if picture is None:
            raise BriefError("this brief has no theme that could be drawn")
        return picture
    if form == "json":
        return json.dumps(brief.model_dump(mode="json"), ensure_ascii=False, indent=2) + "\n"
    if form == "slack":
        from bot.views.brief import brief_messages

        messages = [{"text": m.text, "blocks": m.blocks} for m in brief_messages(brief)]
        return json.dumps(messages, ensure_ascii=False, indent=2) + "\n"
    render = {
        "markdown": rendering.markdown,
        "html": rendering.to_html,
        "bibtex": rendering.bibtex,
        "ris": rendering.ris,
        "csl-json": rendering.csl_json,
    }
    return render[form](brief)


def _ask(arguments: argparse.Namespace) -> int:
    from concurrent.futures import ThreadPoolExecutor, wait

    from pipeline.models import Question

    with _services(arguments) as services, ThreadPoolExecutor(1) as beside:
        # The embedding's files are read and checked while the rest is imported.
        loaded = beside.submit(lambda: services.embedder)
        importlib.import_module("pipeline.answering")
        wait([loaded])
        question = Question(text=arguments.question, brief_id=arguments.brief)
        answer = services.answer(question, arguments.profile, draft_on_terminal())
    if arguments.json:
        print_json(answer.model_dump(mode="json"))
    else:
        print_lines(answer_lines(answer))
    return 0


def answer_lines(answer: "Answer") -> list[str]:
    """The answer for a terminal: its text, the quoted sentences, the references."""
    from pipeline.rendering import reference_line

    lines = [answer.text]
    quotes = [f"    [{a.n}] “{a.quote}”" for claim in answer.claims for a in claim.anchors]
    if quotes:
        lines += ["", *dict.fromkeys(quotes)]
    if answer.references:
        lines += ["", *(f"[{r.n}] {reference_line(r)} {r.url or ''}".rstrip() for r in answer.references)]
    if answer.status != "answered" and answer.nearest:
        lines += ["", "Nearest works:", *(f"  {n.title} {n.url or ''}".rstrip() for n in answer.nearest)]
    return lines


def _why(arguments: argparse.Namespace) -> int:
    with _services(arguments) as services:
        brief, article, decision = services.why(arguments.article, arguments.brief, arguments.profile)
        in_full = _in_full_lines(services, article) if article else []
    if article is None:
        return complain(
            f"no work of the days of {brief.title!r} is called {arguments.article!r}, and none is stored by that id",
            1,
        )
    if decision is None:
        return complain(f"“{article.title}” was not among the works of the days of {brief.title!r}", 1)
    print_lines(
        [
            f"{brief.title} ({brief.id})",
            f"{article.title} ({article.id})",
            f"{decision.decision}, worth {decision.score:.2f}: {decision.reason}",
            *in_full,
        ]
    )
    return 0


def _in_full_lines(services: "Services", article: "Article") -> list[str]:
    """Whether a work was read in full, and from where; nothing if that was not tried."""
    last = services.store.full_texts.attempts([article.id]).get(article.id)
    text = services.store.full_texts.of(article.id)
    lines = []
    if text is not None:
        version = f"v{text.version}, " if text.version else ""
        lines.append(
            f"read in full: {version}{len(text.sections)} sections, {len(text.text):,} characters, {text.url}"
        )
    if last is not None and last.error:
        lines.append(f"not read in full{' in its latest version' if text else ''}: {last.error}")
    return lines


def _check(arguments: argparse.Namespace) -> int:
    from bot.commands.checks import run_checks

    with _services(arguments) as services:
        results = asyncio.run(run_checks(services))
    print_lines([str(result) for result in results])
    return 1 if any(result.required and not result.ok for result in results) else 0


def _status(arguments: argparse.Namespace) -> int:
    with _services(arguments) as services:
        status = services.status_now()
    if arguments.json:
        print_json(status)
    else:
        print_lines(_status_lines(status))
    return 0


def _status_lines(status: dict[str, Any]) -> list[str]:
    full = status["full_texts"]
    lines = [f"{status['articles']} works, {status['passages']} passages, index {status['index']}"]
    if full["read"] or full["failed"]:
        lines.append(
            f"full texts: {full['read']} read ({full['passages']} of the passages), {full['failed']} not to be had"
        )
    for feed in status["feeds"]:
        lines += _feed_status(feed)
    for brief in status["briefs"][:5]:
        lines.append(f"brief {brief['id']}: {brief['title']}")
    for due in status["subscriptions"]:
        lines.append(f"next: {due['channel']} ({due['profile']}) at {due['next_due'] or 'no time: paused'}")
    for slot in status["slots"]:
        if slot["reason"]:
            lines.append(
                f"{slot['channel']} ({slot['profile']}), due {slot['due']}: {slot['state']}: {slot['reason']}"
            )
    for delivery in status["deliveries"][:5]:
        parts = f"{delivery['parts_posted']} of {delivery['parts']} parts"
        lines.append(
            f"delivery {delivery['id']} of {delivery['brief_id']} to {delivery['channel']}: "
            f"{delivery['state']}, {parts}"
        )
        lines += [f"  {lacking}" for lacking in delivery["without"]]
    for run in status["runs"][:3]:
        lines.append(f"run: {run['use_case']} as of {run['as_of']}: {run['note']}")
    return lines


def _feed_status(feed: dict[str, Any]) -> list[str]:
    """How a feed is, and what is odd about it."""
    last = f"last read {feed['last_success'] or 'never'}"
    new = f", last new entry {feed['last_new']}" if feed["last_new"] else ""
    usual = f"; {feed['rhythm']['sentence']}" if feed["rhythm"] else ""
    line = f"feed {feed['name']}: {feed['state']}, {feed['entries_last']} entries, {last}{new}{usual}"
    return [line, f"  {'ALARM: ' if feed['alarm'] else ''}{feed['sentence']}"] if feed["sentence"] else [line]


def _rebuild(arguments: argparse.Namespace) -> int:
    with _services(arguments) as services, progress_bar(services) as progress:
        services.index.rebuild(progress.hooks.indexed)
        count = services.index.count()
    print_lines([f"{count} passages indexed"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
