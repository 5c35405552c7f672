"""The documents and the command line speak of the same commands and options."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import typer
from typer.core import TyperGroup, TyperOption
from typer.exceptions import TyperException

from q2c_pipelines.actions.policy import load_policy
from q2c_pipelines.cli import app
from q2c_pipelines.config import PROJECT

PAGES = [PROJECT / "README.md", *sorted(PROJECT.glob("docs/**/*.md")), *sorted(PROJECT.glob("q2c_pipelines/platforms/*/README.md"))]
QUOTED = re.compile(r"`(q2c [^`]+)`|^\s*(?:\$ )?(q2c .+)$", re.MULTILINE)
ROOT = typer.main.get_command(app)


def commands(command: Any = ROOT, path: str = "q2c") -> Iterator[tuple[str, Any]]:
    """Every command that does something, by what is typed for it."""
    if not isinstance(command, TyperGroup):
        yield path, command
        return
    for name, each in command.commands.items():
        yield from commands(each, f"{path} {name}")


def misquoted(quoted: str) -> str:
    """What is wrong with a command as it is quoted, with `<placeholders>` and a comment; nothing where it can be typed so."""
    words = shlex.split(re.sub("<[^>]*>", "X", quoted), comments=True)[1:]
    command = ROOT
    while isinstance(command, TyperGroup) and words:
        if words[0] not in command.commands:
            return f"there is no command {words[0]}"
        command = command.commands[words.pop(0)]
    context = command.make_context("q2c", [], resilient_parsing=True)
    context.resilient_parsing = False
    try:
        _, left, _ = command.make_parser(context).parse_args(words)
    except TyperException as error:
        return str(error)
    return f"one argument too many: {left[0]}" if left else ""


@pytest.mark.parametrize(("path", "command"), list(commands()), ids=[path for path, _ in commands()])
def test_every_option_is_in_the_row_of_its_command(path: str, command: Any) -> None:
    (row,) = re.findall(rf"^\| `{path}` .*$", (PROJECT / "docs" / "reference.md").read_text(), re.MULTILINE)
    options = [each for each in command.params if isinstance(each, TyperOption) and each.name not in ("as_json", "help")]
    names = [{*each.opts, *each.secondary_opts} for each in options]
    assert [each for each in names if not each & set(re.findall("`(--?[a-z-]+)`", row))] == []
    takes_json = any(each.name == "as_json" for each in command.params)
    assert takes_json or "`--json`" in row


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_every_command_that_is_quoted_can_be_typed_so(page) -> None:
    quoted = [first or second for first, second in QUOTED.findall(page.read_text())]
    assert [f"{each}: {wrong}" for each in quoted if (wrong := misquoted(each))] == []


@pytest.mark.parametrize(
    "quoted", ["q2c synch", "q2c sync --platforms x", "q2c trace a b", "q2c cases shows", "q2c deliver --platform"], ids=str
)
def test_a_command_that_cannot_be_typed_so_is_found(quoted: str) -> None:
    assert misquoted(quoted)


def test_who_reads_the_first_page_knows_what_goes_without_a_person() -> None:
    first_page = " ".join((PROJECT / "README.md").read_text().split())
    told = first_page[first_page.index("lets go unattended") :].partition(".")[0]
    unattended = [rule for rule in load_policy(PROJECT / "policy.yaml").rules if rule.decide == "unattended"]
    expected = [
        f"`{name}`" + (f" up to {rule.amount_up_to:,}" if rule.amount_up_to else " on ")
        for rule in unattended
        for name in rule.command
    ]
    assert [each for each in expected if each not in told] == []
    assert told.count("`") == 2 * len(expected)
