"""What stands in Dockerfile, compose.yaml and Procfile fits the program that they start."""

import fnmatch
import json
import re
import shlex
import tomllib
from pathlib import Path

import yaml

import bot
from bot import cli

ROOT = Path(bot.__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))


def understood(words):
    return cli._parser().parse_args(words).command is not None


def test_each_process_of_the_procfile_is_a_command():
    processes = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())
    assert {"release", "web", "worker"} == set(processes)
    for call in processes.values():
        assert shlex.split(call)[0] == "brief"
        assert understood(shlex.split(call)[1:])


def test_the_image_starts_and_looks_at_itself_with_commands_that_there_are():
    entry, command, health = (
        json.loads(re.search(rf"^{begins} (\[.*\])$", DOCKERFILE, re.M)[1])
        for begins in ("ENTRYPOINT", "CMD", "HEALTHCHECK.* CMD")
    )
    assert entry == ["brief"]
    assert understood(command)
    assert understood(health[1:])


def test_the_image_gets_every_file_that_the_program_needs_and_no_other():
    ignored = (ROOT / ".dockerignore").read_text().split()
    allowed = [line[1:] for line in ignored if line.startswith("!")]
    assert ignored[0] == "*"
    copied = {
        word for line in re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.M) for word in line.split()
    }
    assert copied == set(allowed)
    assert all((ROOT / name).exists() for name in copied)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    folders = {name.partition(".")[0] for name in project["tool"]["setuptools"]["packages"]}
    folders |= {path.partition("/")[0] for path in project["tool"]["setuptools"]["package-dir"].values()}
    assert folders <= copied
    assert not [name for name in copied if fnmatch.fnmatch(name, ".env*")]


def test_what_is_installed_has_every_module_and_data_file():
    setup = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    files = [path for top in ("bot", "pipeline") for path in (ROOT / top).rglob("*") if path.is_file()]
    data = setup["package-data"]
    for path in (path.relative_to(ROOT) for path in files if path.suffix != ".pyc"):
        owners = [".".join(folder.parts) for folder in path.parents if folder.parts]
        package = next(name for name in owners if name in setup["packages"])
        inner = path.relative_to(package.replace(".", "/"))
        if path.suffix == ".py":
            assert len(inner.parts) == 1, f"{path}: its folder is not in [tool.setuptools] packages"
        else:
            assert any(fnmatch.fnmatch(str(inner), one) for one in data.get(package, ())), path


def test_the_image_runs_as_nobody_and_checks_hashes():
    last = DOCKERFILE.rindex("FROM ")
    assert re.search(r"^USER 10001:10001$", DOCKERFILE[last:], re.M)
    assert "--require-hashes" in DOCKERFILE
    assert "pip install" not in DOCKERFILE[last:]


def test_the_composed_bot_has_a_read_only_disk_and_more_time_to_end_than_it_needs():
    from bot.app import LIMIT

    service = COMPOSE["services"]["bot"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert int(service["stop_grace_period"].removesuffix("s")) > LIMIT
    assert service["depends_on"]["database"]["condition"] == "service_healthy"
    assert "brief.toml" in service["volumes"][0]
