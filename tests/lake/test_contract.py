"""A page's values are kept exactly, or the record is rejected whole, raw, with its reason."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import orjson
import pytest

from q2c_pipelines.lake.contract import check
from q2c_pipelines.platforms.page import Page
from q2c_pipelines.platforms.spec import Credential, Handling, Limits, Platform, Right, Table

TABLE = Table.model_validate(
    {
        "name": "invoice",
        "object": "Invoice",
        "doc": "invoices",
        "key": ["Id"],
        "cursor": "ChangedAt",
        "ignore": ["attributes"],
        "columns": {
            "Id": {"type": "string", "required": True, "doc": "key"},
            "Amount__c": {"type": "decimal(18,4)", "doc": "money"},
            "ChangedAt": {"type": "timestamp", "doc": "changed", "required": True},
            "DueOn": {"type": "date", "doc": "due"},
            "IsPaid": {"type": "bool", "doc": "paid"},
            "paid_at": {"type": "timestamp", "format": "epoch", "path": "transitions.paid_at", "doc": "paid"},
        },
    }
)


def platform(**more: object) -> Platform:
    return Platform(
        name="test",
        title="Test",
        role="billing",
        protocol="-",
        credentials={"key": Credential(doc="the key")},
        least_privilege=[Right(right="read", reads="all")],
        handling=dict.fromkeys(Handling.model_fields, "none offered"),
        limits=Limits(requests_per_second=1),
        tables={"invoice": TABLE},
        **more,  # type: ignore[arg-type]
    )


GOOD = {
    "Id": "a",
    "Amount__c": 1234.5,
    "ChangedAt": "2026-01-02T03:04:05.000+0000",
    "DueOn": "2026-02-01",
    "IsPaid": True,
    "transitions": {"paid_at": 1767225600},
    "attributes": {"type": "Invoice"},
}


def page(*records: object, **more: object) -> Page:
    return Page("invoice", orjson.dumps({"records": records}), "records[]", **more)  # type: ignore[arg-type]


def test_values_become_the_declared_types_exactly() -> None:
    checked = check(page(GOOD), platform(), TABLE)
    assert checked.rejected == []
    assert checked.new_columns == ()
    assert checked.rows.to_dicts() == [
        {
            "id": "a",
            "amount_c": Decimal("1234.5000"),
            "changed_at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
            "due_on": date(2026, 2, 1),
            "is_paid": True,
            "paid_at": datetime(2026, 1, 1, tzinfo=UTC),
            "q2c_is_deleted": False,
        }
    ]


def test_what_a_binary_float_adds_is_no_digit() -> None:
    checked = check(page(GOOD | {"Amount__c": 0.1 + 0.2}), platform(), TABLE)
    assert checked.rows["amount_c"].to_list() == [Decimal("0.3000")]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"Amount__c": "many"}, "Amount__c is declared decimal(18,4) and came as 'many'"),
        ({"Amount__c": {"value": 1}}, "Amount__c is declared decimal(18,4) and came as object"),
        ({"Amount__c": 100.12345}, "Amount__c is declared decimal(18,4) and came as '100.123450000000000000'"),
        ({"IsPaid": 1}, "IsPaid is declared bool and came as number"),
        ({"Id": 7}, "Id is declared string and came as number"),
        ({"Id": None}, "Id is required and empty"),
        ({"Id": " \t"}, "Id is required and empty"),
        ({"ChangedAt": "yesterday"}, "ChangedAt is declared timestamp and came as 'yesterday'"),
        ({"DueOn": "0026-10-01"}, "DueOn is declared date and came as '0026-10-01'"),
        ({"ChangedAt": "0026-01-02T03:04:05Z"}, "ChangedAt is declared timestamp and came as '0026-01-02T03:04:05Z'"),
        ({"DueOn": "31/12/2026"}, "DueOn is declared date and came as '31/12/2026'"),
    ],
    ids=[
        "text for money",
        "object for money",
        "more digits than there is place for",
        "number for bool",
        "number for text",
        "no key",
        "a key of blanks",
        "no time",
        "date of year 26",
        "time of year 26",
        "other date",
    ],
)
def test_one_bad_value_rejects_its_record_and_no_other(change: dict[str, object], reason: str) -> None:
    checked = check(page(GOOD, GOOD | change), platform(), TABLE)
    assert len(checked.rows) == 1
    assert [each.reason for each in checked.rejected] == [reason]
    assert orjson.loads(checked.rejected[0].raw)["DueOn"] == (GOOD | change)["DueOn"]


def test_a_new_field_is_kept_as_text_and_reported() -> None:
    checked = check(page(GOOD | {"Region": {"code": 7}}, GOOD | {"Id": "b"}), platform(), TABLE)
    assert checked.new_columns == ("Region",)
    assert checked.rows["region"].to_list() == ['{"code": 7}', None]


def test_a_field_that_went_missing_rejects_the_page_where_nulls_are_explicit() -> None:
    gone = {name: value for name, value in GOOD.items() if name != "DueOn"}
    strict = TABLE.model_copy(update={"explicit_nulls": True})
    assert check(page(gone), platform(), TABLE).rejected == []
    assert [each.reason for each in check(page(gone), platform(), strict).rejected] == ["column DueOn is missing"]


@pytest.mark.parametrize(
    ("change", "is_refused"),
    [
        ({}, False),
        ({"Amount__c": None}, True),
        ({"Amount__c": None, "Kind": "note"}, False),
        ({"Amount__c": None, "Kind": None}, True),
    ],
    ids=["there", "gone from a sale", "gone from a note", "gone from what says not what it is"],
)
def test_a_field_that_some_records_need_rejects_only_those(change: dict[str, object], is_refused: bool) -> None:
    amount = TABLE.columns["Amount__c"].model_copy(update={"required": {"Kind": ["sale", None]}})
    kind = TABLE.columns["Amount__c"].model_copy(update={"type": "string"})
    some = TABLE.model_copy(update={"columns": TABLE.columns | {"Amount__c": amount, "Kind": kind}})
    checked = check(page(GOOD | {"Id": "b", "Kind": "sale"}, GOOD | {"Kind": "sale"} | change), platform(), some)
    assert [(each.key, each.reason) for each in checked.rejected] == [("a", "Amount__c is required and empty")] * is_refused
    assert checked.rows["id"].to_list() == ["b", "a"][: 2 - is_refused]


def test_a_rejected_record_says_when_it_changed_where_that_can_be_read() -> None:
    spoilt = GOOD | {"Amount__c": {"value": 1}}
    changed = [each.changed_at for each in check(page(spoilt, spoilt | {"ChangedAt": "soon"}), platform(), TABLE).rejected]
    assert changed == [datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), None]


@pytest.mark.parametrize("told", ["99999999999999999999.9999999999", "100000000000000000000", "-99999999999999999999.99995"])
def test_a_number_beyond_all_digits_costs_its_own_record(told: str) -> None:
    good = GOOD | {"Amount__c": "1.5", "IsPaid": "true", "transitions": {"paid_at": "1767225600"}}
    checked = check(page(good | {"Amount__c": told}, good), platform(values_as_text=True), TABLE)
    assert checked.rows["amount_c"].to_list() == [Decimal("1.5000")]
    assert checked.rejected[0].reason == f"Amount__c is declared decimal(18,4) and came as '{told}'"


def test_a_tombstone_needs_its_key_only() -> None:
    checked = check(page({"Id": "a"}, {"Id": None}, is_deleted=True), platform(), TABLE)
    assert checked.rows.select("id", "amount_c", "q2c_is_deleted").rows() == [("a", None, True)]
    assert len(checked.rejected) == 1


def test_values_as_text_and_local_times() -> None:
    local = TABLE.model_copy(
        update={"columns": TABLE.columns | {"ChangedAt": TABLE.columns["ChangedAt"].model_copy(update={"format": "local"})}}
    )
    record = {"Id": "a", "Amount__c": "12.10", "ChangedAt": "2026-07-01 12:00:00", "IsPaid": "T"}
    rows = check(page(record), platform(values_as_text=True, time_zone="America/Los_Angeles"), local).rows
    assert rows.select("amount_c", "changed_at", "is_paid").rows() == [
        (Decimal("12.1000"), datetime(2026, 7, 1, 19, tzinfo=UTC), True)
    ]


@pytest.mark.parametrize(
    ("told", "read"),
    [
        ("2026-11-01 00:59:00", datetime(2026, 11, 1, 7, 59, tzinfo=UTC)),
        ("2026-11-01 01:10:00", datetime(2026, 11, 1, 9, 10, tzinfo=UTC)),
        ("2026-03-08 02:30:00", None),
    ],
    ids=["before autumn's change", "in the hour shown twice", "in the hour that spring leaves out"],
)
def test_a_local_time_is_never_read_earlier_than_it_was(told: str, read: datetime | None) -> None:
    local = TABLE.model_copy(
        update={"columns": TABLE.columns | {"ChangedAt": TABLE.columns["ChangedAt"].model_copy(update={"format": "local"})}}
    )
    checked = check(page(GOOD | {"ChangedAt": told}), platform(time_zone="America/Los_Angeles"), local)
    assert checked.rows["changed_at"].to_list() == [read] * (read is not None)


def test_a_year_of_two_digits_is_no_year() -> None:
    day = TABLE.columns["ChangedAt"].model_copy(update={"format": "%m/%d/%Y %H:%M"})
    table = TABLE.model_copy(update={"columns": TABLE.columns | {"ChangedAt": day}})
    checked = check(page(*(GOOD | {"ChangedAt": f"10/1/{year} 10:03"} for year in ("26", "2026"))), platform(), table)
    assert checked.rows["changed_at"].to_list() == [datetime(2026, 10, 1, 10, 3, tzinfo=UTC)]
    assert [each.reason for each in checked.rejected] == ["ChangedAt is declared timestamp and came as '10/1/26 10:03'"]


def test_csv_header_names_the_columns() -> None:
    body = (
        b"Id,Amount__c,ChangedAt,DueOn,IsPaid,transitions.paid_at,extra\n"
        b'a,1.5,2026-01-02T00:00:00Z,,true,"",x\nb,"1,5",2026-01-02T00:00:00Z,,,,\n'
    )
    checked = check(Page("invoice", body, format="csv"), platform(), TABLE)
    assert checked.rows["id"].to_list() == ["a"]
    assert checked.rows.select("due_on", "paid_at").rows() == [(None, None)]
    assert checked.new_columns == ("extra",)
    assert [each.key for each in checked.rejected] == ["b"]


@pytest.mark.parametrize("written", ["json", "csv"])
def test_a_column_that_a_setting_settles_is_neither_asked_for_nor_missed(written: str) -> None:
    column = TABLE.columns["Amount__c"].model_copy(update={"type": "string", "setting": "currency"})
    table = TABLE.model_copy(update={"columns": {**TABLE.columns, "Currency": column}, "explicit_nulls": True})
    at = platform().model_copy(update={"tables": {"invoice": table}})
    own, placed = (at.placed({"currency": said}).tables["invoice"] for said in ("", "USD"))
    record = {
        "Id": "1",
        "Amount__c": "1",
        "ChangedAt": "2026-01-01T00:00:00Z",
        "DueOn": "",
        "IsPaid": "true",
        "transitions.paid_at": "",
    }
    body = {
        "csv": "\n".join([",".join(record), ",".join(record.values())]).encode(),
        "json": orjson.dumps([{**record, "Amount__c": 1, "DueOn": None, "IsPaid": True, "transitions": {"paid_at": None}}]),
    }[written]
    read = Page("invoice", body, "[]", format="csv" if written == "csv" else "json")
    assert [reject.reason for reject in check(read, platform(), own).rejected] == ["column Currency is missing"]
    assert check(read, platform(), placed).rows["currency"].to_list() == ["USD"]
    assert "Currency" not in placed.asked


def test_an_empty_page_has_the_declared_types() -> None:
    checked = check(page(), platform(), TABLE)
    assert checked.rows.schema["amount_c"] == check(page(GOOD), platform(), TABLE).rows.schema["amount_c"]
    assert len(checked.rows) == 0
