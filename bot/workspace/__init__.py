"""A strict local Slack: Web API, Socket Mode and a page to look at, for the demo and for tests."""

from bot.workspace.faults import Fault
from bot.workspace.limits import Refusal, check_message
from bot.workspace.oauth import OAuth
from bot.workspace.server import PortInUseError, Workspace, WorkspaceError
from bot.workspace.state import Channel, Message, User

__all__ = [
    "Channel",
    "Fault",
    "Message",
    "OAuth",
    "PortInUseError",
    "Refusal",
    "User",
    "Workspace",
    "WorkspaceError",
    "check_message",
]
