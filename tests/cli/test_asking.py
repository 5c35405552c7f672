"""What is published, asked for: mismatches, the story of a deal, SQL."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from q2c_pipelines.config import Settings
from q2c_pipelines.mismatches.decisions import accept
from q2c_pipelines.outbox.case_log import open_case
from q2c_pipelines.outbox.store import Store
from q2c_pipelines.publish import standing
from q2c_pipelines.quality import verdicts
from q2c_pipelines.quality.gate import Verdict

Run = Callable[..., Any]


def test_mismatches_are_told_with_their_money(q2c: Run, published: Path) -> None:
    assert "order_not_billed" in q2c("mismatches").out
    (found, _) = q2c("mismatches", "--json").json
    assert found["amount_at_risk"] == "12.5000"
    assert q2c("mismatches", "--rule", "price_differs").out == "Mismatches: everything agrees\n"


def test_what_is_not_due_is_no_mismatch_and_said(q2c: Run, published: Path) -> None:
    assert "and 1 not yet due" in q2c("mismatches").out
    assert "not yet due" not in q2c("mismatches", "--platform", "file_drop").out


def test_where_nothing_is_due_yet_not_everything_agrees(q2c: Run, published: Path) -> None:
    with duckdb.connect(str(published)) as db:
        db.execute("delete from fct_mismatches")
    assert q2c("mismatches").out.startswith("Mismatches: none is due yet\nand 1 not yet due")
    assert "What does not agree: everything agrees\n" in q2c("trace", "SO1").out
    with duckdb.connect(str(published)) as db:
        db.execute("update finding set deal_key = 'd1' where state = 'timing'")
    assert "What does not agree: none is due yet\nand 1 not yet due" in q2c("trace", "SO1").out


def told_of_rules(published: Path, status: str, why: str, rules: int = 3) -> None:
    with duckdb.connect(str(published)) as db:
        db.execute("delete from fct_mismatches; delete from finding")
        first = "(select rule from mart_rule_status order by rule limit ?)"
        db.execute(f"update mart_rule_status set status = ?, why = ? where rule in {first}", [status, why, rules])


def test_where_no_rule_applies_nothing_agrees(q2c: Run, published: Path) -> None:
    told_of_rules(published, "not_applicable", "US: no enabled platform plays the role erp")
    answer = q2c("mismatches")
    assert answer.code == 0
    assert answer.out.splitlines() == [
        "Mismatches: no rule can tell",
        "3 of 3 rules do not apply: no enabled platform plays the role erp",
    ]
    assert "What does not agree: no rule can tell\n3 of 3 rules do not apply" in q2c("trace", "SO1").out


def test_where_a_rule_cannot_tell_the_others_do_not_speak_for_it(q2c: Run, published: Path) -> None:
    told_of_rules(published, "indeterminate", "the newest read of zuora failed", 1)
    assert q2c("mismatches").out.splitlines() == [
        "Mismatches: none by the 2 of 3 rules that can tell",
        "1 of 3 rules cannot tell: the newest read of zuora failed",
    ]
    assert q2c("mismatches", "--rule", "price_differs").out == "Mismatches: everything agrees\n"


def test_a_rule_that_the_last_build_did_not_have_is_not_built_yet(q2c: Run, published: Path) -> None:
    with duckdb.connect(str(published)) as db:
        db.execute("delete from fct_mismatches; delete from finding; delete from mart_rule_status where rule = 'price_differs'")
    assert q2c("mismatches", "--rule", "price_differs").out.startswith("Mismatches: not built yet; q2c sync builds")


def test_what_a_platform_does_not_give_is_not_agreed(q2c: Run, published: Path) -> None:
    with duckdb.connect(str(published)) as db:
        db.execute("delete from fct_mismatches; delete from finding")
        db.execute("update mart_rule_status set untold = 'CA: erp gives no prices' where rule = 'price_differs'")
    said = "cannot look everywhere, as a platform does not give what they compare"
    assert q2c("mismatches").out.splitlines()[1:] == [f"1 of 3 rules {said}: mart_rule_status.untold says where"]
    assert q2c("mismatches", "--rule", "price_differs").out.splitlines()[1:] == [f"1 of 1 rules {said}: CA: erp gives no prices"]


def test_where_some_rules_do_not_apply_the_others_agree(q2c: Run, published: Path) -> None:
    told_of_rules(published, "not_applicable", "no enabled platform plays the role erp", 1)
    assert q2c("mismatches").out.startswith("Mismatches: everything agrees\n1 of 3 rules do not apply")


def test_what_is_undecided_is_marked_and_counted(q2c: Run, published: Path) -> None:
    before = q2c("mismatches").out
    assert ("state" in before, "undecided" in before) == (False, False)
    with duckdb.connect(str(published)) as db:
        for table in ("fct_mismatches", "finding"):
            db.execute(f"update {table} set state = 'indeterminate' where fingerprint = 'f1'")
    for command in (["mismatches"], ["trace", "SO1"]):
        said = q2c(*command).out
        (row,) = [line for line in said.splitlines() if "has no subscription" in line]
        assert "indeterminate" in row
        assert "1 of these undecided" in said


def test_a_story_is_told_in_its_order_and_a_day_without_its_time_as_a_day(q2c: Run, published: Path) -> None:
    with duckdb.connect(str(published)) as db:
        db.execute("""insert into mart_deal_timeline by name
            select * replace ('Quote accepted' as what, 3 as position) from mart_deal_timeline""")
        db.execute("""insert into mart_deal_timeline by name select * replace ('Payment received' as what, 7 as position,
            timestamp '2026-01-03' as happened_at, timestamp '2026-01-03 23:59:59' as told_at) from mart_deal_timeline limit 1""")
    lines = q2c("trace", "SO1").out.splitlines()[2:5]
    assert [line.split("  ")[0] for line in lines] == ["2026-01-02 03:04", "2026-01-02 03:04", "2026-01-03"]
    assert [what in line for what, line in zip(("Quote accepted", "Order created", "Payment received"), lines, strict=True)] == [
        True
    ] * 3


def test_what_is_lived_with_is_marked(q2c: Run, published: Path, home: Path) -> None:
    store = Store(f"sqlite:///{home / 'operations.db'}")
    with store.work() as work:
        open_case(work, "f1", "it differs", kind="mismatch", rule="order_not_billed")
        work.commit()
    assert "accepted" not in q2c("mismatches").out
    accept(store, "f1", "ann", "written off")
    store.close()
    assert {each["fingerprint"]: each["accepted"] for each in q2c("mismatches", "--json").json}["f1"] == "for good"
    heading, row = q2c("mismatches", "--rule", "order_not_billed").out.splitlines()[1:3]
    assert ("accepted" in heading, "for good" in row) == (True, True)


def test_who_reads_a_broken_publication_is_told_what_to_do(q2c: Run, published: Path) -> None:
    published.write_bytes(published.read_bytes()[:5000])
    for command in (["mismatches"], ["sql", "select 1"], ["trace", "SO1"]):
        answer = q2c(*command)
        assert (answer.code, answer.out) == (1, "")
        assert "marts.duckdb is not as it was published: q2c sync publishes it again" in answer.err


def test_the_status_tells_that_what_is_published_does_not_stand(q2c: Run, home: Path) -> None:
    configured = Settings(home=home, platforms=["file_drop"])
    configured.warehouse_file.touch()
    verdicts.keep(configured, [Verdict("lake", "t", "e", True, "critical", "n")])
    assert "not as it was published: q2c sync publishes it again" in q2c("status").out
    assert q2c("status", "--json").json["published_stands"] is False


def test_the_status_tells_what_is_at_risk_and_what_is_undecided(q2c: Run, home: Path, published: Path) -> None:
    with duckdb.connect(str(published)) as db:
        db.execute("update fct_mismatches set state = 'indeterminate' where fingerprint = 'f1'")
        db.execute("create table mart_deal_chain as select 'posted' as last_good_stage, 1 as amount, 'USD' as currency")
        db.execute("update mart_rule_status set status = 'indeterminate', why = 'down' where rule = 'order_not_billed'")
    standing.remember(Settings(home=home, platforms=["file_drop"]))
    said = q2c("status").out
    assert "1 mismatch, no money at risk" in said
    assert "And 1 undecided, 12.50 USD at risk" in said
    assert "1 of 3 rules cannot tell: down." in said
    assert q2c("status", "--json").json["undecided_money"][0]["mismatches"] == 1


@pytest.mark.parametrize("document", ["SO1", "so1", "17", "d1", "fee:ch_1", "f1"])
def test_a_deal_is_found_by_any_of_its_documents(q2c: Run, published: Path, document: str) -> None:
    answer = q2c("trace", document)
    assert answer.code == 0
    assert "Order created" in answer.out


def test_a_deals_story_ends_with_what_is_wrong_and_what_becomes_of_it(q2c: Run, published: Path, waiting: str) -> None:
    told = q2c("trace", "SO1").out
    parts = ["Order created", "Order SO1 has no subscription", "Cases: none", waiting]
    assert sorted(parts, key=told.index) == parts
    found = q2c("trace", "SO1", "--json").json
    assert [len(found[part]) for part in ("events", "mismatches", "cases", "actions")] == [1, 1, 0, 1]


def test_what_is_of_no_deal_is_known_by_its_finding(q2c: Run, published: Path) -> None:
    answer = q2c("trace", "acme")
    assert answer.code == 0
    assert "acme is of no deal; q2c cases show f2f2f2f2f2f2 has" in answer.out
    assert "customer_missing" in answer.out


def test_a_document_that_nobody_knows(q2c: Run, published: Path) -> None:
    answer = q2c("trace", "SO2")
    assert answer.code == 5
    assert "no document SO2" in answer.err


def test_sql_answers_and_says_what_is_wrong(q2c: Run, published: Path) -> None:
    assert q2c("sql", "select count(*) as n from fct_mismatches", "--json").json == [{"n": 2}]
    assert q2c("sql", "select 1 where false").out == "0 rows: none\n"
    for query, said in {"select * from no_such_mart": "no_such_mart", "select * form x": "syntax error"}.items():
        wrong = q2c("sql", query)
        assert (wrong.code, said in wrong.err) == (1, True)
        assert "q2c: the query cannot be answered: " in wrong.err


def test_sql_cannot_write(q2c: Run, published: Path) -> None:
    assert q2c("sql", "drop table fct_mismatches").code == 1
    assert q2c("mismatches").code == 0


def test_sql_shows_columns_of_one_name_side_by_side(q2c: Run, published: Path) -> None:
    query = "select 1 as name, 2 as name, 3 as name_1"
    assert q2c("sql", query, "--json").json == [{"name": 1, "name_1": 2, "name_1_1": 3}]
    assert q2c("sql", query).out.split() == ["1", "row", "name", "name_1", "name_1_1", "1", "2", "3"]


def test_sql_names_every_column_as_it_was_selected(q2c: Run, published: Path) -> None:
    heads = q2c("sql", 'select amount_at_risk, currency, deal_key as "The Deal" from fct_mismatches').out.splitlines()[1]
    assert heads.split() == ["amount_at_risk", "currency", "The", "Deal"]


@pytest.mark.parametrize(
    "query",
    [
        "from read_csv('{}')",
        "from '{}'",
        "copy (select 1) to '{}'",
        "attach '{}' as other",
        "from read_csv('http://127.0.0.1:9/x.csv')",
        "set enable_external_access = true",
    ],
)
def test_sql_reaches_nothing_but_the_marts(q2c: Run, published: Path, tmp_path: Path, query: str) -> None:
    other = tmp_path / "other.csv"
    other.write_text("secret\n1\n")
    answer = q2c("sql", query.format(other))
    assert (answer.code, answer.out) == (1, "")
    assert "the published marts can be asked" in answer.err or "configuration has been locked" in answer.err
    assert other.read_text() == "secret\n1\n"
