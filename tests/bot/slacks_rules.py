"""What Slack accepts as an app's manifest: which keys there are, and how long each may be.

Written after the published schema: https://github.com/slackapi/manifest-schema
"""

import re

HTTPS = r"https?://.+"
WORDS = (str, 1, 10_000, None)
YES = (bool, 0, 0, None)


def text(least, most, pattern=None):
    return (str, least, most, pattern)


def many(rule, most):
    return [rule, most]


PARAMETERS = {
    "properties": {"*": {"type": WORDS, "title": WORDS, "description": WORDS, "is_required": YES}},
    "required": many(WORDS, 20),
}
RULES = {
    "_metadata": {"major_version": (int, 1, 2, None), "minor_version": (int, 0, 9, None)},
    "display_information": {
        "name": text(1, 35),
        "description": text(1, 140),
        "background_color": text(4, 7, r"#[0-9a-fA-F]{3}([0-9a-fA-F]{3})?"),
        "long_description": text(175, 4000),
    },
    "features": {
        "agent_view": {
            "agent_description": text(0, 300),
            "suggested_prompts": many({"title": WORDS, "message": WORDS}, 4),
        },
        "app_home": {
            "home_tab_enabled": YES,
            "messages_tab_enabled": YES,
            "messages_tab_read_only_enabled": YES,
        },
        "bot_user": {"display_name": text(1, 80), "always_online": YES},
        "slash_commands": many(
            {
                "command": text(2, 32, "/.+"),
                "description": text(1, 2000),
                "usage_hint": text(1, 1000),
                "should_escape": YES,
                "url": text(1, 3000, HTTPS),
            },
            50,
        ),
        "shortcuts": many(
            {
                "name": text(1, 24),
                "type": text(1, 7, "message|global"),
                "callback_id": text(1, 255),
                "description": text(1, 150),
            },
            10,
        ),
    },
    "oauth_config": {
        "redirect_urls": many(text(1, 2500), 1000),
        "scopes": {"bot": many(text(1, 50), 255), "bot_optional": many(text(1, 50), 255)},
    },
    "settings": {
        "event_subscriptions": {
            "request_url": text(1, 3500, HTTPS),
            "bot_events": many(text(1, 50), 100),
        },
        "interactivity": {"is_enabled": YES, "request_url": text(1, 3500, HTTPS)},
        "org_deploy_enabled": YES,
        "socket_mode_enabled": YES,
        "token_rotation_enabled": YES,
        "function_runtime": text(1, 20, "remote|slack"),
    },
    "functions": {
        "*": {
            "title": WORDS,
            "description": WORDS,
            "input_parameters": PARAMETERS,
            "output_parameters": PARAMETERS,
        }
    },
}


def broken(value, rule=None, path=""):
    """What of a manifest Slack would refuse, each with its place."""
    rule = RULES if rule is None else rule
    if isinstance(rule, dict):
        if not isinstance(value, dict):
            return [f"{path}: is no group"]
        found = []
        for key, inner in value.items():
            fitting = rule.get(key, rule.get("*"))
            place = f"{path}/{key}"
            found += broken(inner, fitting, place) if fitting else [f"{place}: there is no such key"]
        return found
    if isinstance(rule, list):
        rule, most = rule
        if not isinstance(value, list) or len(value) > most:
            return [f"{path}: is no list of at most {most}"]
        return [wrong for number, one in enumerate(value) for wrong in broken(one, rule, f"{path}/{number}")]
    kind, least, most, pattern = rule
    if type(value) is not kind:
        return [f"{path}: is no {kind.__name__}"]
    size = len(value) if kind is str else value
    if kind is not bool and not least <= size <= most:
        return [f"{path}: {size} is not within {least} and {most}"]
    if pattern and not re.fullmatch(pattern, value):
        return [f"{path}: {value!r} has not the right form"]
    return []
