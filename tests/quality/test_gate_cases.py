"""A gate that shuts is a case, once for each expectation, until it was checked again and holds."""

from __future__ import annotations

from sqlalchemy import select

from q2c_pipelines.mismatches.decisions import accept
from q2c_pipelines.outbox.tables import Case, CaseEvent
from q2c_pipelines.quality.gate import Verdict
from q2c_pipelines.quality.gate_cases import sync_gate_cases


def said(table="base_netsuite__transaction", passed=False, severity="critical", failures=8):
    notes = "every transaction has an amount"
    return Verdict("lake", table, "unexpected_rows_expectation", passed, severity, notes, failures, "id 5, id 6")


def cases(store):
    with store.work() as work:
        return list(work.session.scalars(select(Case).order_by(Case.rule)))


def test_what_shuts_the_gate_is_a_case_that_says_where_what_and_how_much(store):
    sync_gate_cases(store, [said(), said("fct_order"), said("fct_quote", passed=True), said("fct_deal", severity="warning")])
    first, second = cases(store)
    assert (first.kind, first.state, first.platform, first.findings) == ("gate", "open", "netsuite", 8)
    assert first.rule == "base_netsuite__transaction/unexpected_rows_expectation"
    assert "every transaction has an amount" in first.evidence
    assert (second.entity, second.platform) == ("fct_order", None)
    assert (first.owner, first.runbook) == ("data_engineering", "docs/runbooks/gate.md")


def test_it_is_healed_when_it_holds_again_and_comes_back_with_its_history(store):
    for passed, state, reopened in ((False, "open", 0), (False, "open", 0), (True, "healed", 0), (False, "open", 1)):
        sync_gate_cases(store, [said(passed=passed)])
        (case,) = cases(store)
        assert (case.state, case.reopened) == (state, reopened)
    with store.work() as work:
        assert len(list(work.session.scalars(select(CaseEvent)))) == 3


def test_one_that_is_lived_with_stays_so_while_it_does_not_hold(store):
    sync_gate_cases(store, [said()])
    accept(store, cases(store)[0].fingerprint, "a person", "known")
    sync_gate_cases(store, [said(failures=9)])
    assert [(case.state, case.findings) for case in cases(store)] == [("accepted", 9)]
    sync_gate_cases(store, [])
    assert [case.state for case in cases(store)] == ["healed"]
