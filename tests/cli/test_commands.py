"""Every command where nothing has happened yet, and where there is something to tell."""

from __future__ import annotations

import signal
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from q2c_pipelines import cli, news
from q2c_pipelines.config import Settings
from q2c_pipelines.lake import reads
from q2c_pipelines.lake.storage import Lake
from q2c_pipelines.outbox.store import Store
from q2c_pipelines.outbox.tables import Action
from q2c_pipelines.quality import verdicts
from q2c_pipelines.quality.gate import Verdict

Run = Callable[..., Any]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["status"], "none yet; run q2c sync"),
        (["audit", "verify"], "0 entries: the audit log is empty"),
    ],
    ids=lambda each: each if isinstance(each, str) else " ".join(each),
)
def test_where_nothing_has_happened_yet_that_is_said(q2c: Run, arguments: list[str], said: str) -> None:
    answer = q2c(*arguments)
    assert (answer.code, answer.err) == (0, "")
    assert said in answer.out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["mismatches"], 5, "nothing is published yet"),
        (["trace", "SO1"], 5, "run q2c sync"),
        (["sql", "select 1"], 5, "nothing is published yet"),
        (["cases", "list"], 5, "(Q2C_HOME); run q2c sync"),
        (["actions", "list"], 5, "(Q2C_HOME); run q2c sync"),
        (["quarantine"], 5, "(Q2C_HOME); run q2c sync"),
        (["actions", "show", "PAY-1"], 5, "there is no action PAY-1"),
        (["actions", "approve", "--by", "ann"], 2, "q2c actions list --state proposed"),
        (["actions", "approve", "--all", "--by", "ann"], 5, "nothing waits for approval"),
        (["actions", "approve", "PAY-1", "--by", "ann"], 5, "there is no action PAY-1"),
        (["actions", "reject", "PAY-1", "--by", "ann", "--reason", "so"], 5, "there is no action PAY-1"),
        (["actions", "replay", "PAY-1", "--by", "ann"], 5, "there is no action PAY-1"),
        (["actions", "release", "f1", "--by", "ann", "--reason", "so"], 5, "no plan is held under f1"),
        (["actions", "list", "--state", "waiting"], 2, "there is no state waiting; there are"),
        (["actions", "list", "--command", "Bogus"], 2, "there is no command Bogus; there are"),
        (["deliver"], 3, "nothing was checked yet, or what the last check said is gone, so nothing is written back; run q2c sync"),
        (["deliver", "--platform", "nope"], 2, "there is no enabled platform nope; there are file_drop"),
        (["quarantine", "--platform", "nope"], 2, "there is no enabled platform nope"),
        (["mismatches", "--rule", "nope"], 2, "there is no rule nope; there are"),
        (["sync", "-p", "nope"], 2, "there is no enabled platform nope; there are file_drop"),
        (["actions", "list", "--rule", "nope"], 2, "there is no rule nope; there are"),
        (["cases", "list", "--rule", "nope"], 2, "there is no rule nope; there are action, amendment_not_reflected"),
        (["cases", "list", "--owner", "nope"], 2, "there is no owner nope; there are billing_operations"),
        (["trace", "\udcff"], 2, "is no text in UTF-8"),
        (["trace", " "], 2, "name a document"),
        (["sql", " ; -- nothing"], 2, "there is no statement"),
        (["cases", "accept", "abc", "--by", "ann", "--reason", "so"], 5, "no open cases begin with abc"),
        (["sync"], 1, "connections.yaml does not exist; start the sandbox"),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, list) else None,
)
def test_what_cannot_be_done_is_told_on_standard_error_with_its_code(q2c: Run, arguments: list[str], code: int, said: str) -> None:
    answer = q2c(*arguments)
    assert (answer.code, answer.out) == (code, "")
    assert said in answer.err


@pytest.mark.parametrize(
    ("said", "does_end"),
    [("database or disk is full", "disk is full; where its disk is full, free some of it and run again"), ("locked", "locked")],
)
def test_a_store_that_cannot_be_used_is_told_with_what_can_be_done(
    q2c: Run, monkeypatch: pytest.MonkeyPatch, said: str, does_end: str
) -> None:
    def failing() -> None:
        raise OperationalError("commit", {}, sqlite3.OperationalError(said))

    monkeypatch.setattr(cli, "app", failing)
    answer = q2c("status")
    assert (answer.code, answer.err.strip().endswith(does_end)) == (1, True)


@pytest.mark.parametrize("arguments", [["nonsense"], ["trace"], ["actions", "reject", "K"]], ids=" ".join)
def test_wrong_usage_has_a_code_of_its_own(q2c: Run, arguments: list[str]) -> None:
    assert q2c(*arguments).code == 2


def test_a_gate_that_is_shut_is_told_and_not_built_again_for_ever(q2c: Run, home: Path) -> None:
    configured = Settings(home=home, platforms=["file_drop"])
    configured.warehouse_file.touch()
    news.built(configured, news.state(configured))
    shut = Verdict("lake", "base_x__y", "unexpected_rows_expectation", False, "critical", "all have money", 8, "id 5")
    verdicts.keep(configured, [shut])
    answer = q2c("status")
    assert "all have money: does not hold (8 rows, such as id 5)" in answer.out
    assert "its gate is shut" in answer.out
    assert "Next build: not needed" in answer.out
    assert q2c("deliver").code == 3


def test_the_tables_show_the_columns_that_nobody_declared(q2c: Run, home: Path) -> None:
    at = datetime(2026, 1, 2, tzinfo=UTC)
    reads.record(Lake(str(home / "lake")), [reads.Read("file_drop", "retail_invoice_line", at, at, "ok", 1, 0, "Region", 1, "")])
    assert "Region" in q2c("status", "--tables").out


def test_an_error_is_json_where_json_is_asked_for(q2c: Run) -> None:
    answer = q2c("mismatches", "--json")
    assert answer.code == 5
    assert (answer.json["exit_code"], "nothing is published yet" in answer.json["error"]) == (5, True)


def test_a_platform_that_does_not_answer_is_told_while_it_is_waited_for(
    q2c: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("Q2C_PLATFORMS", '["stripe"]')
    monkeypatch.setattr("q2c_pipelines.platforms.client.sleep_using_event", lambda _closed: lambda _: None)
    monkeypatch.setattr("q2c_pipelines.platforms.client._HERE", ())  # as though it were elsewhere: here it would be asked once
    monkeypatch.setattr(news, "why", lambda _: "")
    (home / "connections.yaml").write_text("stripe: {base_url: 'http://127.0.0.1:1', credentials: {api_key: sk_test_1}}")
    said = q2c("sync", "--no-deliver").err
    assert said.count("it is asked 5 more times, for about 18 s") == 1
    assert said.index("cannot be reached") < said.index("it is asked")


def test_asked_to_end_a_command_ends_what_it_started(q2c: Run) -> None:
    before = signal.getsignal(signal.SIGTERM)
    try:
        q2c("status")
        with pytest.raises(SystemExit, match="143"):
            signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)


def test_an_unknown_setting_is_named(q2c: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("Q2C_PLATFORM", "x")
    answer = q2c("status")
    assert answer.code == 1
    assert "unknown setting Q2C_PLATFORM; known are" in answer.err


@pytest.mark.parametrize(
    "arguments",
    [["status"], ["cases", "list"], ["actions", "list"], ["deliver"], ["quarantine"], ["audit", "verify"], ["doctor"]],
    ids=" ".join,
)
def test_an_answer_as_json_is_one_document_and_nothing_else(q2c: Run, arguments: list[str]) -> None:
    assert isinstance(q2c(*arguments, "--json").json, list | dict)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["cases", "list"], "Cases, the gravest first: none is open\n"),
        (["actions", "list"], "Actions: none\n"),
        (["quarantine"], "Quarantine: no record was refused\n"),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, list) else None,
)
def test_where_all_is_well_that_is_said(q2c: Run, published: Path, arguments: list[str], said: str) -> None:
    answer = q2c(*arguments)
    assert (answer.code, answer.out) == (0, said)


def test_an_action_is_shown_approved_and_then_no_longer_waits(q2c: Run, waiting: str) -> None:
    assert waiting in q2c("actions", "list", "--state", "proposed").out
    assert q2c("actions", "show", waiting, "--json").json["payload"]["invoice_number"] == "INV1"
    assert "INV1" in q2c("actions", "show", waiting).out
    for shown in (q2c("actions", "list").out, q2c("actions", "show", waiting).out):
        assert "approve as no rule of the policy matches" in shown
    (told,) = q2c("actions", "approve", waiting, "--by", "ann", "--json").json
    assert (told["key"], told["by"], told["command"], told["note"]) == (waiting, "ann", "ApplyPayment", "")
    assert (told["platform"], told["document"], told["amount"], told["currency"]) == ("zuora", "INV1", "12.50", "USD")
    assert q2c("actions", "list", "--state", "proposed", "--json").json == []
    (approved,) = q2c("actions", "list", "--json").json
    assert approved["state"] == "approved"


def test_nobody_approves_what_they_proposed(q2c: Run, waiting: str) -> None:
    answer = q2c("actions", "approve", waiting, "--by", "q2c")
    assert answer.code == 1
    assert "q2c" in answer.err


def test_the_audit_tells_its_last_hash_or_where_it_was_changed(q2c: Run, home: Path, waiting: str) -> None:
    with sqlite3.connect(home / "operations.db") as db:
        count, last = db.execute(
            "select count(*), max(hash) filter (where seq = (select max(seq) from audit)) from audit"
        ).fetchone()
    said = q2c("audit", "verify")
    assert (said.code, said.out.split()[0], said.out.split()[-1]) == (0, str(count), last)
    with sqlite3.connect(home / "operations.db") as db:
        db.executescript("drop trigger audit_no_update; update audit set body = x'00' where seq = 1")
    said = q2c("audit", "verify")
    assert (said.code, said.err) == (1, "")
    assert "broken at entry 1: its content was changed" in said.out


def test_an_action_is_rejected_with_a_reason(q2c: Run, waiting: str) -> None:
    assert q2c("actions", "reject", waiting, "--by", "ann", "--reason", "paid in cash").code == 0
    assert q2c("actions", "list", "--json").json[0]["state"] == "rejected"


def test_a_platform_that_cannot_be_read_is_told_in_the_status(q2c: Run, home: Path) -> None:
    reads.record(Lake(str(home / "lake")), [reads.Read("file_drop", "t", None, None, "failed", 0, 2, "", 0, "the folder is gone")])
    said = q2c("status").out
    assert "failed" in said
    assert "the folder is gone" in said
    assert q2c("status", "--json").json["reads"][0]["rejected_count"] == 2
    assert "t" in q2c("status", "--tables").out


def test_after_a_failed_read_the_status_tells_how_far_the_last_good_one_came(q2c: Run, home: Path) -> None:
    at = datetime(2026, 11, 7, 8, 30, tzinfo=UTC)
    for status, through in (("ok", at - timedelta(days=1)), ("ok", at), ("failed", None), ("failed", None)):
        reads.record(Lake(str(home / "lake")), [reads.Read("file_drop", "t", at, through, status, 0, 0, "", 0, "")])
    for told in (q2c("status").out, q2c("status", "--tables").out):
        assert "failed" in told
        assert "2026-11-07 08:30" in told
    assert q2c("status", "--json").json["reads"][0]["observed_through"] == at.isoformat()


def test_actions_are_narrowed_by_rule_and_deal(q2c: Run, waiting: str) -> None:
    assert [each["key"] for each in q2c("actions", "list", "--deal", "d1", "--json").json] == [waiting]
    assert q2c("actions", "list", "--rule", "price_differs", "--json").json == []


@pytest.mark.parametrize("deal", ["d1", "SO1", "so1", "fee:ch_1"])
def test_the_actions_of_a_deal_are_found_by_its_documents(q2c: Run, published: Path, waiting: str, deal: str) -> None:
    assert [each["key"] for each in q2c("actions", "list", "--deal", deal, "--json").json] == [waiting]


def test_a_deal_that_nobody_knows_is_not_one_without_actions(q2c: Run, published: Path, waiting: str) -> None:
    answer = q2c("actions", "list", "--deal", "SO9")
    assert (answer.code, "no document SO9 is known" in answer.err) == (5, True)


def test_an_action_is_named_by_the_beginning_of_its_key(q2c: Run, waiting: str) -> None:
    assert q2c("actions", "show", "PAY", "--json").json["key"] == waiting
    assert q2c("actions", "approve", "PAY", "--by", "ann", "--json").json[0]["key"] == waiting
    assert q2c("actions", "reject", "PA", "--by", "ann", "--reason", "so", "--json").json[0]["key"] == waiting
    assert q2c("actions", "show", "").code == 5


def test_a_beginning_of_two_keys_names_neither(q2c: Run, home: Path, waiting: str) -> None:
    store = Store(f"sqlite:///{home / 'operations.db'}")
    with store.work() as work:
        first = work.session.get_one(Action, waiting)
        values = {column.name: getattr(first, column.name) for column in Action.__table__.columns}
        work.session.add(Action(**values | {"key": f"{waiting}-2"}))
        work.commit()
    store.close()
    answer = q2c("actions", "show", "PAY")
    assert (answer.code, "2 actions begin with PAY; give more of it: PAY" in answer.err) == (2, True)
    assert q2c("actions", "show", waiting, "--json").json["key"] == waiting


@pytest.mark.parametrize(
    "asked",
    [
        ("scorecard", "--share", "2"),
        ("scorecard", "--share", "-0.1"),
        ("scorecard", "--count", "0"),
        ("scorecard", "--deals", "0"),
        ("scorecard", "--seed", "-1"),
        ("demo", "--deals", "0"),
        ("sandbox", "serve", "--deals", "0"),
    ],
    ids=" ".join,
)
def test_a_group_of_companies_that_cannot_be_is_refused_as_wrong_usage(q2c: Run, asked: tuple[str, ...]) -> None:
    answer = q2c(*asked)
    assert (answer.code, f"Invalid value for '{asked[-2]}'" in answer.err) == (2, True)
