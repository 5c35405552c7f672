"""Messages as PostgreSQL 18 wrote them, decoded."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from q2c_pipelines.platforms.legacy_oms.changes import Change, Changes, Turned
from q2c_pipelines.platforms.legacy_oms.pgoutput import (
    UNCHANGED,
    Begin,
    Column,
    Commit,
    Delete,
    Insert,
    Other,
    Relation,
    Truncate,
    Type,
    Undecodable,
    Update,
    decoded,
)
from q2c_pipelines.platforms.spec import Table

AT = datetime(2026, 11, 22, 1, 36, 7, 891795, UTC)
BEGIN = "420000000001729fb0000303d245204b53000002f2"
TABLE = "5200004007730074006400030169640000000017ffffffff006d6f6f640000004002ffffffff00626f64790000000019ffffffff"
INSERT = "49000040074e00037400000001326e7400000002c3a9"
DELETE = "44000040074b00037400000001336e6e"
COMMIT = "43000000000001729fb0000000000172a1d0000303d245204b53"
RECORDED = {
    "begin": (BEGIN, Begin(0x1729FB0, AT, 754)),
    "type": ("590000400273006d6f6f6400", Type(16386, "s", "mood")),
    "relation": (
        TABLE,
        Relation(
            16391, "s", "t", "d", (Column("id", 23, -1, True), Column("mood", 16386, -1, False), Column("body", 25, -1, False))
        ),
    ),
    "type modifier and whole identity": (
        "520000400f730066006600020169640000000017ffffffff016e00000006a400050006",
        Relation(16399, "s", "f", "f", (Column("id", 23, -1, True), Column("n", 1700, 327686, True))),
    ),
    "insert with a null": (INSERT, Insert(16391, ("2", None, "é"))),
    "update that left a long text alone": (
        "55000040074e00037400000001317400000003696c6c75",
        Update(16391, ("1", "ill", UNCHANGED)),
    ),
    "update of the key": (
        "55000040074b00037400000001326e6e4e00037400000001336e7400000002c3a9",
        Update(16391, ("3", None, "é"), ("2", None, None), has_key_only=True),
    ),
    "update with the whole old row": (
        "550000400f4f00027400000001317400000004312e35304e00027400000001317400000004322e3030",
        Update(16399, ("1", "2.00"), ("1", "1.50"), has_key_only=False),
    ),
    "delete by key": (DELETE, Delete(16391, ("3", None, None), has_key_only=True)),
    "delete of the whole row": ("440000400f4f00027400000001317400000004322e3030", Delete(16399, ("1", "2.00"), has_key_only=False)),
    "truncate of two": ("540000000201000040070000400f", Truncate((16391, 16399))),
    "commit": (COMMIT, Commit(0x1729FB0, 0x172A1D0, AT)),
    "origin": ("4f00000000000000006f00", Other("O")),
    "logical message": ("4d000000000000000000610000000000", Other("M")),
}


@pytest.mark.parametrize(("recorded", "meant"), RECORDED.values(), ids=RECORDED)
def test_a_recorded_message_says(recorded: str, meant: object) -> None:
    assert decoded(bytes.fromhex(recorded)) == meant


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"", "ends early"),
        (b"S\0\0\0\1", "'S' begins no message"),
        (bytes.fromhex(INSERT)[:-1], "cut short"),
        (bytes.fromhex(BEGIN)[:-2], "ends early"),
        (bytes.fromhex(INSERT.replace("6e74", "6274")), "kind 'b' was not asked for"),
        (bytes.fromhex(INSERT.replace("074e", "0758")), "'N' was to come before a row, and 'X' came"),
    ],
    ids=["nothing", "of another version", "a value cut short", "a number cut short", "a binary value", "another mark"],
)
def test_what_is_no_message_is_said_to_be_none(sent: bytes, said: str) -> None:
    with pytest.raises(Undecodable, match=said):
        decoded(sent)


def test_a_transaction_is_what_its_messages_mean_together() -> None:
    table = Table.model_validate(
        {
            "name": "t",
            "object": "t",
            "doc": "of the recording",
            "key": ["id"],
            "columns": {"id": {"type": "int", "doc": "key"}, "mood": {"type": "string", "doc": "an enum"}},
        }
    )
    changes = Changes("s", {"t": table})
    told = list(changes.of(decoded(bytes.fromhex(each)) for each in (BEGIN, TABLE, INSERT, DELETE, COMMIT)))
    assert isinstance(told[0], Turned)
    place = {"commit_lsn": str(0x1729FB0), "committed_at": AT.isoformat()}
    assert [(each.record, each.is_deleted) for each in told[1:] if isinstance(each, Change)] == [
        ({"id": "2", "mood": None, "body": "é", "commit_sequence": "1", **place}, False),
        ({"id": "3", "commit_sequence": "2", **place}, True),
    ]
    assert changes.end == 0x172A1D0
    assert list(Changes("other", {"t": table}).of([decoded(bytes.fromhex(TABLE)), decoded(bytes.fromhex(INSERT))])) == []
