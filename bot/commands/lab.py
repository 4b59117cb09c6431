"""`brief lab` and `brief eval`: the parts alone, measured on files of one's own."""

import argparse
import json
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from bot.commands.console import ServicesOf, print_json, print_line, print_lines, write_output
from pipeline.errors import SettingsError


def add_commands(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    common: argparse.ArgumentParser,
    services_of: ServicesOf,
) -> None:
    """Adds `lab findings`, `lab rank`, `lab verify` and `eval`."""
    lab = commands.add_parser("lab", help="the parts alone, on JSON lines of your own").add_subparsers(
        required=True
    )
    findings = lab.add_parser(
        "findings",
        parents=[common],
        help="which sentences carry the finding",
        description='Standard input: lines of {"id", "title", "abstract"}. Output: '
        '{"id", "finding": [{"start", "end"}], "why": {"start", "end"} or null}, offsets into the abstract.',
    )
    findings.set_defaults(command=_findings)
    rank = lab.add_parser(
        "rank",
        parents=[common],
        help="in which order works matter to a topic",
        description='Standard input: lines of {"id", "title", "abstract"}. Output: {"id", "score"}.',
    )
    rank.add_argument("--topic", required=True)
    rank.set_defaults(command=_rank, services_of=services_of)
    verify = lab.add_parser(
        "verify",
        parents=[common],
        help="whether sources support a claim",
        description='Standard input: lines of {"id", "claim", "sources": [{"id", "title", "text"}]}. '
        'Output: {"id", "verdict", "score", "reasons"}.',
    )
    verify.set_defaults(command=_verify)
    text = "asks the questions of a file and marks the answers; `export` prints rated answers as such a file"
    evaluate = commands.add_parser("eval", parents=[common], help=text, description=text)
    evaluate.add_argument(
        "file", type=Path, metavar="FILE", help="JSON lines: id, question, gold_ids ...; or the word export"
    )
    evaluate.add_argument("--json", action="store_true")
    evaluate.add_argument("--output", type=Path, metavar="F", help="export: write to this file instead")
    evaluate.set_defaults(command=_eval, services_of=services_of)


def _findings(arguments: argparse.Namespace) -> int:
    from pipeline.writing.roles import choose_finding

    for row in _lines_in("title", "abstract"):
        choice = choose_finding(row["title"], row["abstract"])
        why = {"start": choice.why.start, "end": choice.why.end} if choice.why else None
        finding = [{"start": span.start, "end": span.end} for span in choice.finding]
        print_line({"id": row.get("id"), "finding": finding, "why": why})
    return 0


def _rank(arguments: argparse.Namespace) -> int:
    from pipeline.brief import rank_texts
    from pipeline.ranking import parse_topic

    try:
        parse_topic(arguments.topic)
    except ValueError as error:
        raise SettingsError(f"--topic: {error}") from error
    rows = _lines_in("title", "abstract")
    texts = [(row["title"], row["abstract"]) for row in rows]
    with arguments.services_of(arguments) as services:
        scores = rank_texts(arguments.topic, texts, services.embedder)
    for row, score in zip(rows, scores, strict=True):
        print_line({"id": row.get("id"), "score": score})
    return 0


def _verify(arguments: argparse.Namespace) -> int:
    from pipeline.claims import verify_line

    for row in _lines_in("claim"):
        print_line(verify_line(row))
    return 0


def _eval(arguments: argparse.Namespace) -> int:
    from pipeline.evaluation import evaluate, lines

    if str(arguments.file) == "export":
        return _export(arguments)
    with arguments.services_of(arguments) as services:
        asked = partial(
            services.answer, read_now=False
        )  # what is stored is marked, not what could be fetched
        found = evaluate(arguments.file, asked, within=services.answer_within)
    if arguments.json:
        print_json(found.model_dump(mode="json"))
    else:
        print_lines(lines(found))
    return 0


def _export(arguments: argparse.Namespace) -> int:
    from bot.feedback import briefs_of, questions_of

    with arguments.services_of(arguments) as services:
        rated, whole = services.votes.rated(), services.votes.rated_briefs()
        briefs = {r.brief_id: services.store.brief(r.brief_id) for r in rated if r.brief_id}
    numbers = {i: {r.n: r.article_id for r in brief.references} for i, brief in briefs.items() if brief}
    rows = [*questions_of(rated, numbers), *briefs_of(whole)]
    write_output("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), arguments.output)
    return 0


def _lines_in(*texts: str) -> list[dict[str, Any]]:
    """The JSON objects of standard input, one a line; the named fields are texts, empty where there is none."""
    rows = []
    try:
        for number, line in enumerate(sys.stdin, 1):
            if line.strip():
                rows.append(_row(line, f"standard input, line {number}", texts))
    except UnicodeDecodeError as error:
        raise SettingsError(f"standard input: not UTF-8 ({error.reason})") from error
    return rows


def _row(line: str, place: str, texts: Sequence[str]) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise SettingsError(f"{place}: not JSON ({error.msg})") from error
    except RecursionError as error:
        raise SettingsError(f"{place}: nested too deeply") from error
    if not isinstance(row, dict):
        raise SettingsError(f"{place}: not a JSON object")
    for name in texts:
        if not isinstance(row.get(name) or "", str):
            raise SettingsError(f"{place}: {name} is not a text")
        row[name] = row.get(name) or ""
    return row
