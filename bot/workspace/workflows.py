"""Steps of Workflow Builder: what runs, what it was given, and how it ended; functions.*"""

import secrets
from dataclasses import dataclass, field

from bot.workspace.calls import ApiError, Args, Desk, Method
from bot.workspace.state import Change, Json, State


@dataclass(frozen=True)
class Step:
    """A step that the app offers: its title, and its inputs with their labels."""

    title: str
    inputs: dict[str, str] = field(default_factory=dict)


STEPS = {
    "create_brief": Step("Create research brief", {"channel": "Channel", "topic": "Topic", "since": "Since"})
}
"""The steps as the app's manifest has them."""


def begin(state: State, step: str, inputs: Json) -> Json:
    """Notes that a step runs; returns its event."""
    number = f"Fx{state.serial():08d}"
    token = f"xwfp-{secrets.token_hex(12)}"
    state.executions[number] = {"step": step, "inputs": inputs, "state": "running", "token": token}
    state.notify(Change("workflow", detail={"execution": number}))
    me = state.identity
    return {
        "type": "function_executed",
        "function": {
            "id": "Fn0LOCAL",
            "callback_id": step,
            "title": STEPS[step].title,
            "description": "",
            "type": "app",
            "input_parameters": [],
            "output_parameters": [],
            "app_id": me.app_id,
            "date_created": 0,
            "date_updated": 0,
            "date_deleted": 0,
            "form_enabled": False,
        },
        "inputs": inputs,
        "function_execution_id": number,
        "workflow_execution_id": f"Wx{number[2:]}",
        "bot_access_token": token,
    }


def is_token(state: State, token: str) -> bool:
    """Whether a token is one of a step that runs."""
    return any(one["token"] == token and one["state"] == "running" for one in state.executions.values())


def succeed(desk: Desk, args: Args) -> Json:
    outputs = args.values.get("outputs")
    if not isinstance(outputs, dict):
        raise ApiError("invalid_arguments")
    return _end(desk, args, "done", {"outputs": outputs})


def fail(desk: Desk, args: Args) -> Json:
    return _end(desk, args, "failed", {"error": args.need("error")})


def _end(desk: Desk, args: Args, how: str, more: Json) -> Json:
    number = args.need("function_execution_id")
    one = desk.state.executions.get(number)
    if one is None:
        raise ApiError("function_execution_not_found")
    if one["state"] != "running":
        raise ApiError("function_execution_not_in_running_state")
    one.update(more, state=how)
    desk.state.notify(Change("workflow", detail={"execution": number}))
    return {}


METHODS = {
    "functions.completeSuccess": Method(succeed),
    "functions.completeError": Method(fail),
}
