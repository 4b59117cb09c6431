"""`brief runs` and `brief replay`: what was done, what it cost, and the same once more."""

import argparse
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.commands.console import ServicesOf, print_json, print_lines, whole_number
from pipeline.errors import SettingsError

if TYPE_CHECKING:
    from bot.services import Services
    from pipeline.llm import Call
    from pipeline.replaying import Changes, Replayed

SHOWN = 20
"""Runs listed by default."""


def add_runs_commands(commands: Any, common: argparse.ArgumentParser, services_of: ServicesOf) -> None:
    """Adds `runs` and `replay` to the program's parser; each gets its services by `services_of`."""

    def add(name: str, do: Callable[..., int], text: str) -> argparse.ArgumentParser:
        command: argparse.ArgumentParser = commands.add_parser(
            name, parents=[common], help=text, description=text
        )
        command.set_defaults(command=lambda arguments: _run(do, arguments, services_of))
        command.add_argument("--json", action="store_true")
        return command

    shown = add("runs", _runs, "what was done, and of one run each call of a model with its cost")
    shown.add_argument("id", nargs="?", metavar="ID", help="a run's number, or a brief's id")
    shown.add_argument(
        "--last",
        type=whole_number(1, 100_000),
        default=SHOWN,
        metavar="N",
        help=f"so many runs (default {SHOWN})",
    )
    again = add("replay", _replay, "writes a stored run once more from its record, without a network")
    again.add_argument("id", metavar="ID", help="a run's number, or a brief's id")
    again.add_argument(
        "--prompts", type=Path, metavar="DIR", help="ask anew, with the prompts of this folder"
    )
    again.add_argument("--model", metavar="NAME", help="ask anew, this provider:model")
    again.add_argument("--base-url", metavar="URL", help="of --model, for a server of your own")


def _run(do: Callable[..., int], arguments: argparse.Namespace, services_of: ServicesOf) -> int:
    with services_of(arguments) as services:
        return do(services, arguments)


# Runs


def _runs(services: "Services", arguments: argparse.Namespace) -> int:
    if arguments.id is not None:
        return _one_run(services, arguments)
    costs = services.journal.costs()
    rows = []
    for run in services.store.runs(arguments.last):
        calls, spent = costs.get(run["number"], (0, None))
        cost = {"tokens": spent.tokens if spent else 0, "cost_usd": spent.usd if spent else 0.0}
        rows.append({**run, "calls": calls, **cost})
    if arguments.json:
        print_json({"runs": rows})
    else:
        print_lines([_run_line(row) for row in rows] or ["no run yet"])
    return 0


def _run_line(row: dict[str, Any]) -> str:
    asked = (
        f", {row['calls']} calls, {row['tokens']:,} tokens, ${row['cost_usd']:.4f}" if row["calls"] else ""
    )
    return (
        f"{row['number']:>5} {row['as_of']} {row['use_case']} ({row['seconds']:.1f} s{asked}): {row['note']}"
    )


def _one_run(services: "Services", arguments: argparse.Namespace) -> int:
    run = services.store.run(arguments.id)
    if run is None:
        raise SettingsError(f"ID: there is no run {arguments.id!r}: see `brief runs`")
    calls = services.journal.calls_of(run["number"])
    run["replayable"] = bool(run.pop("inputs"))
    if arguments.json:
        print_json({**run, "calls": [call.attributes() for call in calls]})
        return 0
    print_lines(
        [
            f"run {run['number']}: {run['use_case']} as of {run['as_of']}, {run['seconds']:.1f} s",
            f"  {run['note']}",
        ]
    )
    print_lines([line for call in calls for line in _call_lines(call)] or ["  no model was asked"])
    return 0


def counted(number: int, what: str) -> str:
    """A number with what it counts: 1 call, 2 calls."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _call_lines(call: "Call") -> list[str]:
    cost = "price unknown" if call.cost_usd is None else f"${call.cost_usd:.5f}"
    ended = call.error or f"ended with {call.finish_reason or 'no reason given'}"
    paid = "from the cache" if call.cached else f"{counted(call.attempts, 'attempt')}, {call.seconds:.1f} s"
    lines = [
        f"  {call.prompt} ({call.fingerprint}) to {call.model}: {call.tokens_in} tokens in, {call.tokens_out} out, "
        f"{cost}, {paid}; {ended}"
    ]
    if call.verdicts:
        refused = {slot: reasons for slot, reasons in call.verdicts.items() if reasons}
        lines.append(f"    {counted(len(call.verdicts), 'sentence')}, {len(refused)} refused")
        lines += [f"      {slot}: {'; '.join(reasons)}" for slot, reasons in refused.items()]
    return lines


# Replays


def _replay(services: "Services", arguments: argparse.Namespace) -> int:
    from pipeline.replaying import replay

    changes = _changes(services, arguments)
    open_gate = None if changes.is_none or services.models is None else services.models.opened().to
    done = replay(services.store, services.journal, arguments.id, changes, open_gate)
    if arguments.json:
        print_json({**asdict(done), "lines": [line._asdict() for line in done.lines]})
    else:
        print_lines(_replay_lines(done, changes))
    return 0 if done.identical or not changes.is_none else 1


def _changes(services: "Services", arguments: argparse.Namespace) -> "Changes":
    from pipeline.llm import Named
    from pipeline.replaying import Changes

    if arguments.base_url and not arguments.model:
        raise SettingsError("--base-url: give --model as well")
    if arguments.prompts and not arguments.prompts.is_dir():
        raise SettingsError(f"--prompts: {arguments.prompts} is no folder")
    if (arguments.prompts or arguments.model) and services.models is None:
        raise SettingsError("[model]: the settings name no model, so none can be asked anew")
    writer = Named(arguments.model, arguments.base_url, "full") if arguments.model else None
    return Changes(arguments.prompts, writer)


def _replay_lines(done: "Replayed", changes: "Changes") -> list[str]:
    head = f"run {done.run} ({done.subject}), {counted(done.calls, 'recorded call')}: "
    if not changes.is_none:
        head += f"{counted(len(done.lines), 'line')} of difference" if done.lines else "no sentence differs"
    elif done.identical:
        head += f"the same {done.size:,} bytes"
    elif done.missing:
        head += (
            f"not the same; {counted(done.missing, 'call')} of this version is in other words than the run's"
        )
    else:
        head += "not the same"
    return [head, *(f"{line.side} [{line.section}] {line.text}" for line in done.lines)]
