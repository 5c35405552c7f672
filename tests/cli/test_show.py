"""Tables fit the terminal, keys and numbers stay whole, JSON has everything."""

from __future__ import annotations

import io
import json
import sys
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from rich.console import Console

from q2c_pipelines.cli import show

ROWS = [
    {"key": "INV-974111b82eca7b277aaf4143", "amount": Decimal("613765.8000"), "currency": "USD", "reason": "because " * 12},
    {"key": "PAY-1", "amount": Decimal("10"), "currency": "USD", "reason": None, "at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)},
]


def drawn(monkeypatch: pytest.MonkeyPatch, width: int, *columns: str) -> list[str]:
    buffer = io.StringIO()
    monkeypatch.setattr(show, "out", lambda: Console(width=width, file=buffer))
    show.rows("Things", ROWS, False, columns)
    return buffer.getvalue().splitlines()


def test_money_is_right_aligned_with_its_cents_and_a_currency_needs_no_heading(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = drawn(monkeypatch, 80, "key", "amount", "currency")
    assert lines[1].split() == ["key", "amount"]
    assert lines[2].rstrip() == "INV-974111b82eca7b277aaf4143  613,765.80  USD"
    assert lines[3].rstrip() == "PAY-1                              10.00  USD"


@pytest.mark.parametrize("width", [30, 50, 80, 200])
def test_nothing_is_wider_than_the_terminal_and_no_key_is_broken(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    lines = drawn(monkeypatch, width, "key", "amount", "currency", "reason", "at")
    assert max(map(len, lines[:4])) <= width
    assert any("INV-974111b82eca7b277aaf4143" in line for line in lines)


def test_what_does_not_fit_is_left_out_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = drawn(monkeypatch, 60, "key", "amount", "currency", "reason", "at")
    assert "613,765.80" in lines[2]
    assert lines[-1] == "too narrow for: reason, at; --json has everything"


def test_the_last_prose_that_there_is_room_for_is_wrapped(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = drawn(monkeypatch, 66, "key", "amount", "currency", "reason", "at")
    assert lines[2] == "INV-974111b82eca7b277aaf4143  613,765.80  USD  because because"
    assert " ".join(lines[2:]).count("because") == 12
    assert lines[-1] == "too narrow for: at; --json has everything"


def test_long_ids_are_shortened_where_prose_needs_the_room(monkeypatch: pytest.MonkeyPatch) -> None:
    long = {"rule": "payment_not_applied", "document_number": "ch_0CpfHoVmPNXu0Age7Qd0Ctau", "evidence": "collected " * 8}
    monkeypatch.setattr(sys.modules[__name__], "ROWS", [long])
    narrow = drawn(monkeypatch, 75, "rule", "document_number", "evidence")
    assert narrow[2] == "payment_not_applied  ch_0CpfHoVmPNXu0Age…  collected collected collected"
    assert " ".join(narrow).count("collected") == 8
    assert "ch_0CpfHoVmPNXu0Age7Qd0Ctau" in drawn(monkeypatch, 80, "rule", "document_number", "evidence")[2]


def test_prose_is_wrapped_between_words(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = drawn(monkeypatch, 90, "key", "reason")
    assert set(" ".join(lines[2:]).split()) - {"INV-974111b82eca7b277aaf4143", "PAY-1"} == {"because"}


def test_columns_are_those_of_all_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "at" in drawn(monkeypatch, 200)[1].split()


def test_a_table_without_rows_can_be_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    buffer = io.StringIO()
    monkeypatch.setattr(show, "out", lambda: Console(width=80, file=buffer))
    show.rows("Things", [], False, ("key", "amount"))
    assert "Things" in buffer.getvalue()


def test_names_and_values_are_never_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    buffer = io.StringIO()
    monkeypatch.setattr(show, "out", lambda: Console(width=80, file=buffer))
    show.rows("[b]T[/]", [{"[red]x[/]": "[blue]y[/]", "root:x:0": ":x:"}], False)
    assert buffer.getvalue() == "[b]T[/]\n[red]x[/]   root:x:0\n[blue]y[/]  :x:\n"


HOSTILE = "555\x1b[31m\u202e\n\x9b2J\r\x00 É€\u2066"
SEEN = r"555\x1b[31m\u202e\n\x9b2J\r\x00 É€\u2066"


@pytest.mark.parametrize("terminal", [True, False])
def test_what_a_terminal_would_obey_is_written_out(monkeypatch: pytest.MonkeyPatch, terminal: bool) -> None:
    buffer = io.StringIO()
    monkeypatch.setattr(
        show, "out", lambda: Console(width=200, file=buffer, force_terminal=terminal, no_color=True, highlight=False)
    )
    monkeypatch.setattr(show, "err", show.out)
    show.rows(HOSTILE, [{"phone": HOSTILE, HOSTILE: {"a": [HOSTILE]}}], False)
    show.line(HOSTILE)
    show.say(HOSTILE)
    told = buffer.getvalue()
    assert told.count(SEEN) == 6
    assert [each for each in told.replace("\x1b[", "").replace("\n", "") if not each.isprintable()] == []
    assert "\x1b[31m" not in told


def test_an_error_says_what_a_terminal_would_obey(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        show.fail("\x1b[2J gone", 1)
    assert r"\x1b[2J gone" in capsys.readouterr().err


def test_json_holds_what_the_platform_holds(capsys: pytest.CaptureFixture[str]) -> None:
    show.rows("Things", [{"phone": HOSTILE}], True)
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert json.loads(said) == [{"phone": HOSTILE}]


def test_no_line_ends_in_blanks(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [line for line in drawn(monkeypatch, 200, "key", "reason", "at") if line != line.rstrip()] == []


def test_lists_and_mappings_are_read_as_words() -> None:
    assert show.text([{"sku": "A", "quantity": 2}, {"sku": "B", "quantity": None}]) == "sku A, quantity 2; sku B, quantity "


@pytest.mark.parametrize(("number", "said"), [(0, "0 rows"), (1, "1 row"), (2000, "2,000 rows")])
def test_one_of_a_thing_is_not_many(number: int, said: str) -> None:
    assert show.counted(number, "row", "rows") == said


def test_json_keeps_decimals_exact_and_times_whole(capsys: pytest.CaptureFixture[str]) -> None:
    show.rows("Things", ROWS, True, ("key",))
    first, second = json.loads(capsys.readouterr().out)
    assert first["amount"] == "613765.8000"
    assert second["at"] == "2026-01-02T03:04:05+00:00"
