"""The README has every command, setting and variable; it and docs/ name only calls and files that exist."""

import argparse
import re
import shlex
from pathlib import Path

import pytest

import bot
import pipeline
from bot import cli
from bot.settings import Config, Secrets, read_config

ROOT = Path(bot.__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = {
    path: path.read_text(encoding="utf-8") for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
}
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")


def subcommands(parser, path=()):
    """The words of each command, and its parser."""
    groups = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    if not groups:
        yield path, parser
    for group in groups:
        for name, sub in group.choices.items():
            yield from subcommands(sub, (*path, name))


COMMANDS = dict(subcommands(cli._parser()))


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_is_in_the_readme(words):
    assert re.search(rf"\bbrief {' '.join(words)}\b", README)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_option_is_in_the_readme(words):
    options = {o for a in COMMANDS[words]._actions for o in a.option_strings if o.startswith("--")}
    for option in options - {"--help"}:
        assert option in README, f"brief {' '.join(words)} {option}"


def settings_keys():
    """(table, key) of every key that brief.toml may have."""
    for table, field in Config.model_fields.items():
        model = next((m for m in _models(field.annotation)), None)
        for key in model.model_fields if model else ():
            yield table, key


def _models(annotation):
    if hasattr(annotation, "model_fields"):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _models(inner)


@pytest.mark.parametrize(("table", "key"), list(settings_keys()), ids=str)
def test_every_setting_is_in_the_readme(table, key):
    header = {"feeds": "[[feeds]]", "subscriptions": "[[subscriptions]]", "profiles": "[profiles."}
    row = next(
        line for line in README.splitlines() if line.startswith(f"| `{header.get(table, f'[{table}]')}")
    )
    assert f"`{key}`" in row or f"`{key} = " in row


def variables_read():
    """Names in capitals that the program looks up in the environment, as its source has them."""
    texts = [
        p.read_text(encoding="utf-8") for m in (bot, pipeline) for p in Path(m.__file__).parent.rglob("*.py")
    ]
    found = {name for text in texts for name in re.findall(r"[\"']((?:BRIEF|SLACK)_[A-Z_]+)[\"']", text)}
    looked_up = {
        name
        for text in texts
        for name in re.findall(r"(?:env(?:iron)?(?:\.get)?[\[(]|getenv\()\s*[\"'](\w+)[\"']", text)
    }
    return (found | looked_up | {name.upper() for name in Secrets.model_fields}) - {"PYTHONPATH"}


@pytest.mark.parametrize("name", sorted(variables_read()))
def test_every_variable_is_in_the_readme_and_in_the_example(name):
    assert f"`{name}`" in README or f"${name}" in README
    assert re.search(rf"^(?:# )?{name}=", EXAMPLE, re.M)


def test_the_example_names_no_variable_that_is_not_read():
    assert set(re.findall(r"^(?:# )?([A-Z_]+)=", EXAMPLE, re.M)) <= variables_read()


def quoted_calls():
    """Command lines in the documents, with the signs of a table's grammar taken out."""
    text = "\n".join(DOCUMENTS.values())
    indented = re.findall(r"^ {4,}(?:\.venv/bin/)?(brief .*?)(?:\s+#.*)?$", text, re.M)
    inline = re.findall(r"`(?:\.venv/bin/)?(brief [^`]*)`", text)
    for call in dict.fromkeys([*indented, *inline]):
        without = re.sub(r"\[[^\]]*\]", "", call.replace("\\|", "|"))
        yield without.replace("`", "").strip()
        for optional in re.findall(r"\[([^\]]*)\]", call.replace("\\|", "|")):
            for choice in optional.split("|"):
                yield f"{without.strip()} {choice.strip()}"


VALUES = {
    "N": "8090", "D": "2026-05-18", "F": "html", "P": "team", "ID": "x", "T": "2026-05-18T09:00Z",
    "QUESTION": "why", "TEXT": "guards", "FILE": "some.jsonl", "DIR": "there", "TIME": "2026-05-18",
}  # fmt: skip


@pytest.mark.parametrize("call", list(dict.fromkeys(quoted_calls())))
def test_every_call_in_the_documents_is_understood(call):
    words = [VALUES.get(word, word) for word in shlex.split(call)[1:]]
    if "--help" in words:
        with pytest.raises(SystemExit, match="0"):
            cli._parser().parse_args(words)
    else:
        assert cli._parser().parse_args(words).command


def test_the_calls_of_the_readme_were_found():
    found = list(quoted_calls())
    assert "brief check" in found
    assert "brief write --week-ending D" in found
    assert len(found) > 12


def test_the_settings_that_the_readme_shows_are_valid(tmp_path):
    blocks = re.findall(r"(?:^ {4,}.*\n|^\n)+", README, re.M)
    shown = [re.sub(r"^ +", "", block, flags=re.M) for block in blocks if "[[" in block]
    assert shown
    default = (ROOT / "bot" / "brief.default.toml").read_text(encoding="utf-8")
    path = tmp_path / "brief.toml"
    path.write_text("\n".join([default, *shown]), encoding="utf-8")
    assert read_config(path).subscriptions


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_what_a_document_links_to_exists(path):
    for link in re.findall(r"\]\((?!https?:)([^)\s]+)\)", DOCUMENTS[path]):
        file, _, heading = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        assert target.exists(), link
        if heading:
            assert heading in headings(target), link


def headings(path):
    """The anchors that GitHub gives to the headings of a Markdown file."""
    titles = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def test_the_figures_of_the_readme_are_those_of_the_full_table():
    figures = DOCUMENTS[ROOT / "docs" / "figures.md"].splitlines()
    rows = [line for line in README[README.index("## Figures") :].splitlines() if line.startswith("| ")]
    assert len(rows) > 5
    assert [row for row in rows if row not in figures] == []
