"""Settings: what is wrong is named, in one sentence."""

from pathlib import Path

import pytest

from bot.settings import DEFAULT_CONFIG, load_settings, read_config
from pipeline.errors import SettingsError

GOOD = """
[[feeds]]
name = "A"
url = "https://a.example/feed"

[profiles.team]
title = "Team"
topic = "what we read"

[[subscriptions]]
channel = "#research"
profile = "team"
day = "Monday"
time = "09:00"
timezone = "Europe/Berlin"
"""


@pytest.fixture
def config(tmp_path: Path):
    def write(text: str) -> Path:
        path = tmp_path / "brief.toml"
        path.write_text(text)
        return path

    return write


def test_the_shipped_settings_are_valid():
    assert read_config(DEFAULT_CONFIG).profile().title


def test_a_good_file_is_read(config):
    read = read_config(config(GOOD))
    assert read.profile("team").topic == "what we read"
    assert read.subscriptions[0].day == "mon"
    assert read.subscriptions[0].time.hour == 9


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (("topic =", "topics ="), "profiles.team"),
        (("url = ", "adress = "), "feeds.0"),
        (('name = "A"\n', ""), "feeds.0.name"),
        (("[[subs", '[reranker]\nfolder = "a"\nurl = "http://b/"\n[[subs'), "either folder or url"),
        (("[[subs", '[reranker]\nfolder = "a"\nmodel = "b"\n[[subs'), "give its url"),
        (("[[subs", '[reranker]\nurl = "http://b/?key=c"\n[[subs'), "reranker.url"),
        (("Europe/Berlin", "Europe/Berlyn"), "timezone"),
        (('"09:00"', '"25:00"'), "time"),
        (("Monday", "Funday"), "day"),
        (('profile = "team"', 'profile = "teem"'), "teem"),
        (("[profiles.team]", "[profiles.Te am]"), "TOML"),
        (("topic = ", 'feeds = ["B"]\ntopic = '), "'B'"),
        (("[profiles.team]", '[model]\nname = "openai"\n[profiles.team]'), "provider:model"),
        (("[profiles.team]", '[modle]\nname = "none"\n[profiles.team]'), "modle"),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(config, change, named):
    path = config(GOOD.replace(*change))
    with pytest.raises(SettingsError) as failed:
        read_config(path)
    assert named in str(failed.value)
    assert "\n" not in str(failed.value) or "TOML" in str(failed.value)


def test_a_name_given_twice_is_refused(config):
    twice = GOOD + '\n[[feeds]]\nname = "A"\nurl = "https://b.example/feed"\n'
    with pytest.raises(SettingsError, match="'A' is given twice"):
        read_config(config(twice))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SettingsError, match="nowhere.toml: the settings file cannot be read"):
        read_config(tmp_path / "nowhere.toml")


def test_an_unknown_profile_names_the_known_ones(config):
    with pytest.raises(SettingsError, match=r"'x' \(known: team\)"):
        read_config(config(GOOD)).profile("x")


def test_tokens_come_from_the_environment_and_are_not_shown(config, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-secret")
    monkeypatch.setenv("SLACK_API_URL", "http://127.0.0.1:1/api")
    settings = load_settings(tmp_path / "home", config(GOOD))
    assert settings.secrets.slack_bot_token.get_secret_value() == "xoxb-secret"
    assert settings.slack_api_url == "http://127.0.0.1:1/api/"
    assert "xoxb-secret" not in repr(settings)


def test_a_dotenv_file_is_read(config, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SLACK_APP_TOKEN", raising=False)
    (tmp_path / ".env").write_text("SLACK_APP_TOKEN=xapp-from-file\n")
    settings = load_settings(None, config(GOOD))
    assert settings.secrets.slack_app_token.get_secret_value() == "xapp-from-file"
    assert settings.home == tmp_path / ".brief"
