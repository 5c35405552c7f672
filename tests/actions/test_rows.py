"""The warehouse's rows become the commands they describe; those that are none are named."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import duckdb
import pytest

from q2c_pipelines.actions.planner import plan_actions
from q2c_pipelines.actions.rows import PlanUnreadable, read_plan
from q2c_pipelines.platforms.commands import PostJournal, UpdateStatus

ALL = """
create schema actions;
create table actions.act_all (action_key varchar, command varchar, rule varchar, fingerprint varchar, deal_key varchar,
    legal_entity varchar, platform varchar, amount decimal(18,4), currency varchar, severity varchar, depends_on_key varchar,
    is_unattended_allowed boolean);
"""
JOURNAL = """
create table actions.act_post_journal (action_key varchar, platform varchar, deal_key varchar, legal_entity varchar,
    journal_ref varchar, posted_on date, currency varchar, memo varchar, extra_column int);
create table actions.act_post_journal_line (action_key varchar,
    account_code varchar, debit decimal(18,4), credit decimal(18,4), memo varchar);
insert into actions.act_all values
    ('j1', 'PostJournal', 'fee_not_posted', 'f1', 'd1', 'US', 'netsuite', 5, 'USD', 'low', null, true);
insert into actions.act_post_journal values ('j1', 'netsuite', 'd1', 'US', 'FEE:ch_1', '2026-01-02', 'USD', 'Fee', 1);
insert into actions.act_post_journal_line values ('j1', '6500', 7.5, 0, 'Fee'), ('j1', '1050', 0, 7.5, 'Fee');
"""
STATUS = """
create table actions.act_update_status (action_key varchar, platform varchar, deal_key varchar, legal_entity varchar,
    entity varchar, native_id varchar, observed varchar, value varchar, observed_version timestamp);
insert into actions.act_all values
    ('s1', 'UpdateStatus', 'order_not_activated', 'f2', null, 'US', 'salesforce', 0, null, 'low', 'j1', false);
insert into actions.act_update_status values
    ('s1', 'salesforce', null, 'US', 'order', '801', 'draft', 'activated', '2026-01-01 10:00:00');
"""


@pytest.fixture
def warehouse(tmp_path):
    """Makes a warehouse of these statements."""

    def make(*statements):
        path = tmp_path / "warehouse.duckdb"
        with duckdb.connect(str(path)) as connection:
            for statement in statements:
                connection.execute(statement)
        return path

    return make


def test_a_command_with_its_lines(warehouse):
    (planned,) = read_plan(warehouse(ALL, JOURNAL)).planned
    assert isinstance(planned.command, PostJournal)
    assert (planned.command.posted_on, planned.rule, planned.currency) == (date(2026, 1, 2), "fee_not_posted", "USD")
    assert [(one.account_code, one.debit) for one in planned.command.lines] == [("1050", Decimal(0)), ("6500", Decimal("7.5"))]
    assert (planned.amount, planned.entity) == (Decimal("7.5"), "journal")


def test_a_command_without_lines_and_its_moment_in_utc(warehouse):
    journal, status = sorted(read_plan(warehouse(ALL, JOURNAL, STATUS)).planned, key=lambda one: one.command.key)
    assert isinstance(status.command, UpdateStatus)
    assert status.command.observed_version == datetime(2026, 1, 1, 10, tzinfo=UTC)
    assert (status.depends_on_key, status.entity) == (journal.command.key, "order")


def test_only_what_the_warehouse_says_may_go_unattended_may(warehouse):
    assert [one.is_unattended_allowed for one in read_plan(warehouse(ALL, JOURNAL, STATUS)).planned] == [True, False]
    unsaid = "alter table actions.act_all drop is_unattended_allowed"
    assert not any(one.is_unattended_allowed for one in read_plan(warehouse(unsaid)).planned)


def test_the_order_of_lines_in_the_table_does_not_change_the_content(warehouse):
    before = read_plan(warehouse(ALL, JOURNAL)).planned[0].payload_hash
    deleted = "delete from actions.act_post_journal_line where account_code = '6500'"
    inserted = "insert into actions.act_post_journal_line values ('j1', '6500', 7.50, 0, 'Fee')"
    assert read_plan(warehouse(deleted, inserted)).planned[0].payload_hash == before


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("update actions.act_post_journal set journal_ref = null", "PostJournal: journal_ref"),
        ("delete from actions.act_post_journal", "platform: Field required"),
        ("update actions.act_post_journal_line set account_code = null where debit = 0", "lines.*account_code"),
        ("update actions.act_post_journal set platform = 'zuora'", "platform is zuora in act_post_journal and netsuite in act_all"),
        ("update actions.act_all set command = 'PostJournals'", "there is no command 'PostJournals'"),
        ("update actions.act_all set command = 'CreateOrder'", "there is no table act_create_order"),
        ("insert into actions.act_all select * from actions.act_all", "has this key more than once"),
    ],
    ids=["null field", "no payload", "null in a line", "two platforms", "unknown command", "no table", "twice"],
)
def test_a_row_that_is_no_command_is_named(warehouse, statement, message):
    plan = read_plan(warehouse(ALL, JOURNAL, statement))
    (invalid,) = plan.invalid
    assert invalid.key == "j1"
    assert re.search(message, invalid.reason)


def test_populations_and_what_the_rules_could_tell(warehouse):
    plan = read_plan(
        warehouse(
            ALL,
            STATUS,
            "create table obs_order (platform varchar, is_deleted boolean)",
            "insert into obs_order values ('salesforce', false), ('salesforce', false), ('salesforce', true), ('netsuite', false)",
            "create table rule_status (rule varchar, legal_entity varchar, status varchar)",
            "insert into rule_status values ('a', 'US', 'determinate'), ('b', 'US', 'indeterminate'), ('b', 'UK', 'determinate')",
            "create table dim_system as select 'netsuite' as platform",
        )
    )
    assert plan.populations == {("order", "salesforce"): 2, ("order", "netsuite"): 1}
    asked = [("a", "US", "netsuite"), ("a", "US", "stripe"), ("b", "US", "netsuite"), ("b", "UK", "netsuite")]
    assert [plan.telling.could_tell(*each) for each in asked] == [True, False, False, True]


def test_a_warehouse_without_a_plan_says_so(warehouse, tmp_path):
    with pytest.raises(PlanUnreadable, match="no table act_all; run the transform"):
        read_plan(warehouse("create table x (y int)"))
    with pytest.raises(PlanUnreadable, match=r"none\.duckdb: the plan cannot be read"):
        read_plan(tmp_path / "none.duckdb")


def test_from_warehouse_to_store(warehouse, store, policy, action):
    outcome = plan_actions(store, warehouse(ALL, JOURNAL, STATUS), policy())
    assert outcome.proposed == 2
    assert (action("j1").fingerprint, action("s1").depends_on_key, action("j1").amount) == ("f1", "j1", Decimal("7.5"))
