"""Every platform proves every behaviour, or says why its vendor has no such thing; and what was proved is counted."""

from __future__ import annotations

import ast
from pathlib import Path
from types import SimpleNamespace

import pytest

from q2c_pipelines.platforms import spec
from tests import proofs
from tests.proofs import Expected

WANTED = proofs.expected()
TESTS = Path(__file__).with_name("platforms")


def marked(platform: str, kind: str) -> set[str]:
    """What the marks of this kind name in a platform's tests."""
    calls = [node for file in (TESTS / platform).rglob("*.py") for node in ast.walk(ast.parse(file.read_text()))]
    marks = [each for each in calls if isinstance(each, ast.Call) and ast.unparse(each.func) == f"pytest.mark.{kind}"]
    return {ast.literal_eval(argument) for mark in marks for argument in mark.args}


@pytest.mark.parametrize("platform", spec.names())
def test_every_behaviour_of_a_platform_has_a_test_or_a_reason(platform: str) -> None:
    proved, excused = marked(platform, "proves"), set(WANTED.reasons.get(platform, {}))
    missing = set(WANTED.behaviours) - proved - excused
    assert missing == set(), (
        f"of {sorted(missing)} mark a test of tests/platforms/{platform} with `proves`, or give the reason in tests/proofs.yaml"
    )
    assert proved & excused == set(), "a reason in tests/proofs.yaml is no longer true: a test proves it"


@pytest.mark.parametrize("platform", spec.names())
def test_a_client_is_led_through_every_step(platform: str) -> None:
    assert len(led := marked(platform, "client")) == 0 or set(proofs.STEPS) < led


def test_reasons_are_about_behaviours_of_platforms() -> None:
    assert set(WANTED.reasons) <= set(spec.names())
    assert {behaviour for reasons in WANTED.reasons.values() for behaviour in reasons} <= set(WANTED.behaviours)


def passed(*properties: tuple[str, object]) -> SimpleNamespace:
    return SimpleNamespace(user_properties=[("platform", "acme"), *properties])


REPORTS = [
    passed(("proves", ["acme", "pages"]), ("shape", ["acme", "request", "order"])),
    passed(("proves", ["acme", "pages"]), ("shape", ["acme", "request", "order"])),
    passed(("client", ["acme", "acme-sdk", "page"]), ("client", ["acme", "acme-sdk", ""])),
]


def test_tests_are_counted_and_shapes_once() -> None:
    found = proofs.tally(REPORTS)
    assert found.proofs["acme", "pages"] == 2
    assert found.clients["acme", "acme-sdk", "page"] == found.clients["acme", "acme-sdk", ""] == 1
    assert found.shapes == {("acme", "request", "order")}


def test_a_platform_whose_tests_were_all_skipped_has_proved_nothing() -> None:
    found = proofs.tally([], REPORTS)
    assert (found.platforms, found.proofs) == ({"acme"}, {})
    assert proofs.holes(found, Expected({"pages": ""}, {})) == ["acme: pages"]


def test_what_is_neither_proved_nor_excused_is_a_hole() -> None:
    wanted = Expected({"pages": "", "ties": "", "merge": ""}, {"acme": {"merge": "Acme merges nothing."}})
    assert proofs.holes(proofs.tally(REPORTS), wanted) == ["acme: ties"]


ACME = """
import pytest
from tests.proofs import validated

@pytest.mark.proves("pages", "ties", by="kind")
@pytest.mark.parametrize("kind", ["pages", "ties", "other"])
def test_reads(kind):
    validated("request", "order")

@pytest.mark.proves("merge")
@pytest.mark.skip
def test_merges(): ...

@pytest.mark.client("acme-sdk", "list")
def test_lists(): ...
"""


def test_only_what_passed_counts_also_in_another_process_and_a_hole_fails_the_run(pytester: pytest.Pytester) -> None:
    folder = pytester.mkdir("tests").joinpath("platforms", "acme")
    folder.mkdir(parents=True)
    (folder / "test_acme.py").write_text(ACME)
    result = pytester.runpytest_inprocess("-p", "tests.proofs", "--proofs", "-n", "1", "-p", "no:cacheprovider", "--rootdir", ".")
    shown = {cells[1].strip(): cells[2].strip() for line in result.outlines if len(cells := line.split("│")) > 3}
    assert [shown[name] for name in ("pages", "ties", "merge", "request shapes", "acme-sdk")] == ["1", "1", "0", "1", "acme"]
    assert f"{len(WANTED.behaviours) - 2} not proved" in result.stdout.str()
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_a_behaviour_that_nobody_declared_is_refused(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("import pytest\n@pytest.mark.proves('magic')\ndef test_it(): ...")
    result = pytester.runpytest_inprocess("-p", "tests.proofs", "-p", "no:cacheprovider")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
