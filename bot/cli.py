"""The command line. Standard output carries the result; logs and progress go to standard error.

Exit status: 0 done, 1 the work failed (one line says why), 2 the call or the settings are wrong.
"""

import argparse
import asyncio
import json
import logging
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import BriefError, QuestionError, SettingsError

if TYPE_CHECKING:
    from bot.services import Services
    from pipeline.ingest import Progress
    from pipeline.models import Answer, Brief, FeedResult, IngestReport, Window

FORMATS = ("markdown", "json", "slack", "html", "bibtex")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit status."""
    arguments = _parser().parse_args(argv)
    logging.basicConfig(
        level=logging.INFO if arguments.verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    try:
        return int(arguments.command(arguments) or 0)
    except (SettingsError, QuestionError) as error:
        return _complain(error.user_message, 2)
    except BriefError as error:
        return _complain(error.user_message, 1)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 1


def _complain(sentence: str, status: int) -> int:
    sys.stderr.write(f"brief: {sentence}\n")
    return status


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--home", type=Path, metavar="DIR", help="state: database, index (default ./.brief)")
    common.add_argument("--config", type=Path, metavar="FILE", help="settings (default ./brief.toml)")
    common.add_argument("--as-of", type=_instant, metavar="TIME", help="take this instant as now (ISO 8601)")
    common.add_argument("--verbose", action="store_true", help="log what is done to standard error")
    parser = argparse.ArgumentParser(prog="brief", description="A weekly research brief, in Slack.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(
        name: str, command: Callable[[argparse.Namespace], int | None], text: str
    ) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, parents=[common], help=text, description=text)
        sub.set_defaults(command=command)
        return sub

    demo = add("demo", _demo, "the main job on sample feeds, in a local workspace")
    demo.add_argument("--port", type=int, default=8080, help="port of the local workspace's page")
    demo.add_argument("--once", action="store_true", help="print the brief and one answer, then exit")
    add("run", _run, "the bot: Slack connection, schedule, delivery")
    ingest = add("ingest", _ingest, "reads all feeds once")
    ingest.add_argument("--json", action="store_true")
    _write_options(add("write", _write, "writes, stores and prints a brief over what has been ingested"))
    ask = add("ask", _ask, "answers a question from the index")
    ask.add_argument("question")
    ask.add_argument("--brief", metavar="ID", help="use this brief's numbers")
    ask.add_argument("--profile", metavar="P")
    ask.add_argument("--json", action="store_true")
    add("check", _check, "validates settings, tokens, feeds, store and index")
    status = add("status", _status, "feeds' health, last runs, next deliveries, index state")
    status.add_argument("--json", action="store_true")
    index = commands.add_parser("index", help="the search index").add_subparsers(required=True)
    rebuild = index.add_parser("rebuild", parents=[common], help="rebuilds the index from the store")
    rebuild.set_defaults(command=_rebuild)
    lab = commands.add_parser("lab", help="evaluation on JSON lines of your own").add_subparsers(
        required=True
    )
    findings = lab.add_parser("findings", parents=[common], help="which sentences carry the finding")
    findings.set_defaults(command=_lab_findings)
    rank = lab.add_parser("rank", parents=[common], help="relevance to a topic")
    rank.add_argument("--topic", required=True)
    rank.set_defaults(command=_lab_rank)
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
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day such as 2026-05-18") from None


def _services(arguments: argparse.Namespace) -> "Services":
    from bot.services import Services, utc_now
    from bot.settings import load_settings

    settings = load_settings(arguments.home, arguments.config)
    moment: datetime | None = arguments.as_of
    return Services(settings, clock=(lambda: moment) if moment else utc_now)


def _demo(arguments: argparse.Namespace) -> int:
    from bot.demo import run_demo

    return asyncio.run(run_demo(arguments.home, port=arguments.port, once=arguments.once))


def _run(arguments: argparse.Namespace) -> int:
    from bot.app import run

    with _services(arguments) as services:
        asyncio.run(run(services))
    return 0


def _ingest(arguments: argparse.Namespace) -> int:
    with _services(arguments) as services, _progress(services) as progress:
        report = asyncio.run(services.ingest(progress.hooks))
    if arguments.json:
        _print_json(report.model_dump(mode="json"))
    else:
        _print(_report_lines(report))
    all_failed = bool(report.feeds) and all(f.status == "failed" for f in report.feeds)
    return _complain("no feed could be read", 1) if all_failed else 0


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
        return f"{feed.name}: {feed.status.replace('_', ' ')}"
    return f"{feed.name}: {feed.entries} entries, {feed.new_articles} new works, {feed.merged} merged"


def _write(arguments: argparse.Namespace) -> int:
    window = _window(arguments)
    with _services(arguments) as services:
        brief = services.write_stored(arguments.profile, window)
    text = _rendered(brief, arguments.format)
    if arguments.output is None:
        sys.stdout.write(text)
        return 0
    try:
        arguments.output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"--output: {arguments.output} cannot be written ({error.strerror})") from error
    return 0


def _window(arguments: argparse.Namespace) -> "Window | None":
    from pipeline.models import Window

    since, until, ending = arguments.since, arguments.until, arguments.week_ending
    if ending and (since or until):
        raise SettingsError("--week-ending: give either this or --since and --until")
    if ending:
        return Window(since=ending - timedelta(days=6), until=ending)
    if bool(since) != bool(until):
        raise SettingsError("--since, --until: give both")
    if since and since > until:
        raise SettingsError(f"--since: {since} is after --until {until}")
    return Window(since=since, until=until) if since else None


def _rendered(brief: "Brief", form: str) -> str:
    from pipeline import rendering

    if form == "json":
        return json.dumps(brief.model_dump(mode="json"), ensure_ascii=False, indent=2) + "\n"
    if form == "slack":
        from bot.views.brief import brief_messages

        messages = [{"text": m.text, "blocks": m.blocks} for m in brief_messages(brief)]
        return json.dumps(messages, ensure_ascii=False, indent=2) + "\n"
    render = {"markdown": rendering.markdown, "html": rendering.to_html, "bibtex": rendering.bibtex}
    return render[form](brief)


def _ask(arguments: argparse.Namespace) -> int:
    from pipeline.models import Question

    with _services(arguments) as services:
        question = Question(text=arguments.question, brief_id=arguments.brief)
        answer = services.answer(question, arguments.profile)
    if arguments.json:
        _print_json(answer.model_dump(mode="json"))
    else:
        _print(answer_lines(answer))
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


def _check(arguments: argparse.Namespace) -> int:
    from bot.checks import run_checks

    with _services(arguments) as services:
        results = asyncio.run(run_checks(services))
    _print([str(result) for result in results])
    return 1 if any(result.required and not result.ok for result in results) else 0


def _status(arguments: argparse.Namespace) -> int:
    with _services(arguments) as services:
        status = services.status_now()
    if arguments.json:
        _print_json(status)
    else:
        _print(_status_lines(status))
    return 0


def _status_lines(status: dict[str, Any]) -> list[str]:
    lines = [f"{status['articles']} works, {status['passages']} passages, index {status['index']}"]
    for feed in status["feeds"]:
        state = f"last read {feed['last_success'] or 'never'}"
        if feed["last_error"]:
            state = f"failing ({feed['consecutive_failures']} times in a row): {feed['last_error']}; {state}"
        lines.append(f"feed {feed['name']}: {feed['entries_last']} entries, {state}")
    for brief in status["briefs"][:5]:
        lines.append(f"brief {brief['id']}: {brief['title']}")
    for due in status["subscriptions"]:
        lines.append(f"next: {due['channel']} ({due['profile']}) at {due['next_due']}")
    for delivery in status["deliveries"][:5]:
        parts = f"{delivery['parts_posted']} of {delivery['parts']} parts"
        lines.append(
            f"delivery of {delivery['brief_id']} to {delivery['channel']}: {delivery['state']}, {parts}"
        )
    for run in status["runs"][:3]:
        lines.append(f"run: {run['use_case']} as of {run['as_of']}: {run['note']}")
    return lines


def _rebuild(arguments: argparse.Namespace) -> int:
    with _services(arguments) as services, _progress(services) as progress:
        services.index.rebuild()
        count = services.index.fill(progress.hooks.indexed)
    _print([f"{count} passages indexed"])
    return 0


def _lab_findings(arguments: argparse.Namespace) -> int:
    from pipeline.writing.roles import choose_finding

    for row in _lines_in():
        choice = choose_finding(str(row.get("title", "")), str(row.get("abstract", "")))
        why = {"start": choice.why.start, "end": choice.why.end} if choice.why else None
        finding = [{"start": span.start, "end": span.end} for span in choice.finding]
        _print_line({"id": row.get("id"), "finding": finding, "why": why})
    return 0


def _lab_rank(arguments: argparse.Namespace) -> int:
    from pipeline.brief import rank_texts

    rows = list(_lines_in())
    texts = [(str(row.get("title", "")), str(row.get("abstract", ""))) for row in rows]
    with _services(arguments) as services:
        scores = rank_texts(arguments.topic, texts, services.embedder)
    for row, score in zip(rows, scores, strict=True):
        _print_line({"id": row.get("id"), "score": score})
    return 0


def _lines_in() -> "list[dict[str, Any]]":
    rows = []
    for number, line in enumerate(sys.stdin, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise SettingsError(f"standard input, line {number}: not JSON ({error.msg})") from error
        if not isinstance(row, dict):
            raise SettingsError(f"standard input, line {number}: not a JSON object")
        rows.append(row)
    return rows


class _progress:
    """A progress bar on a terminal, nothing elsewhere; `hooks` goes to the use case."""

    def __init__(self, services: "Services") -> None:
        self._feeds = sum(feed.enabled for feed in services.settings.config.feeds)
        self._bar: Any = None

    def __enter__(self) -> "_progress":
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import Progress as Bar

            self._bar = Bar(console=Console(stderr=True), transient=True)
            self._read = self._bar.add_task("reading feeds", total=self._feeds)
            self._index = self._bar.add_task("indexing passages", total=None, visible=False)
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    @property
    def hooks(self) -> "Progress":
        from pipeline.ingest import Progress

        if self._bar is None:
            return Progress()
        return Progress(
            feed_done=lambda _: self._bar.advance(self._read),
            indexed=lambda done, total: self._bar.update(
                self._index, completed=done, total=total, visible=True
            ),
        )


def _print(lines: Sequence[str]) -> None:
    sys.stdout.write("\n".join(lines) + "\n")


def _print_json(value: object) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def _print_line(value: object) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    sys.exit(main())
