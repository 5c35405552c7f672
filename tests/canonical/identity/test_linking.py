"""After a build accounts without a customer are linked, once; keys stay, and what would move is told before it does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from q2c_pipelines.canonical.identity import accounts, facts, linking, moving
from q2c_pipelines.canonical.identity.overrides import Override
from q2c_pipelines.lake.storage import Lake

_SAID = "name varchar, email varchar, phone varchar, street varchar, city varchar, postal_code varchar, country varchar"


class Home:
    """A warehouse with nothing but customers and one invoice of each, and a lake."""

    def __init__(self, folder: Path) -> None:
        self.warehouse, self.lake = folder / "warehouse.duckdb", Lake(str(folder / "lake"))
        with duckdb.connect(str(self.warehouse)) as db:
            db.execute("create schema canonical")
            db.execute(f"create table canonical.dim_customer (platform varchar, native_id varchar, {_SAID}, created_at timestamp)")
            keyed = "platform varchar, native_id varchar, customer_key varchar, method varchar"
            db.execute(f"create table canonical.referenced_customer ({keyed})")
            for entity in (
                "opportunity",
                "quote",
                "contract",
                "order",
                "subscription",
                "invoice",
                "invoice_copy",
                "credit_memo",
                "payment",
                "tax_document",
                "journal",
            ):
                columns = (
                    "platform varchar, native_id varchar, document_number varchar, deal_key varchar, customer_native_id varchar"
                )
                db.execute(f"create table canonical.fct_{entity} ({columns}, currency varchar)")
            for entity in ("payment_allocation", "refund"):
                columns = "platform varchar, native_id varchar, document_number varchar, deal_key varchar"
                db.execute(f"create table canonical.fct_{entity} ({columns}, payment_native_id varchar)")
            rooted = "deal_key varchar, root_platform varchar, root_entity varchar, root_native_id varchar"
            db.execute(f"create table canonical.dim_deal ({rooted})")

    def add(self, account: str, name: str, key: str = "", method: str = "none") -> None:
        platform, _, native_id = account.partition(":")
        domain = name.split()[0].lower()
        said = (name, f"ap@{domain}.example", "+1 388 555 0114", "12 Union Ave", "Phoenix", "85004", "US", "2026-01-01")
        with duckdb.connect(str(self.warehouse)) as db:
            db.execute("insert into canonical.dim_customer values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", [platform, native_id, *said])
            db.execute(
                "insert into canonical.referenced_customer values (?, ?, ?, ?)", [platform, native_id, key or account, method]
            )
            invoice = [platform, f"i{native_id}", f"INV-{native_id}", "d1", native_id, "USD"]
            db.execute("insert into canonical.fct_invoice values (?, ?, ?, ?, ?, ?)", invoice)

    def run(self, sql: str) -> None:
        with duckdb.connect(str(self.warehouse)) as db:
            db.execute(sql)

    def update(self, *decided: Override) -> bool:
        return linking.update(self.warehouse, self.lake, decided)

    def keys(self) -> dict[str, str]:
        return {f"{row['platform']}:{row['native_id']}": row["customer_key"] for row in facts.keys(self.lake)}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path)
    made.add("crm:1", "Maplecoast Diagnostics Inc", "crm:1", "self")
    made.add("crm:2", "Ravenhill Energy Co", "crm:2", "self")
    return made


def test_where_every_account_names_its_customer_nothing_is_done(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linking, "read", lambda _: pytest.fail("read"))
    assert not home.update()
    assert home.lake.names("_identity/*/*") == []


def test_a_stranger_is_linked_and_scored_once(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.add("erp:7", "Maplecoast Diagnotics Incorporated")
    assert home.update()
    assert home.keys() == {"erp:7": "crm:1"}
    monkeypatch.setattr(accounts, "table", lambda *_: pytest.fail("scored again"))
    assert not home.update()


def test_only_an_account_that_changed_is_scored_again(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.add("erp:7", "Maplecoast Diagnostics")
    home.update()
    asked: list[set[str]] = []
    whole = accounts.table
    monkeypatch.setattr(accounts, "table", lambda rows, due: asked.append(set(due)) or whole(rows, due))
    home.run("update canonical.dim_customer set name = 'Ravenhill Energy', email = 'ap@ravenhill.example' where native_id = '7'")
    assert home.update()
    assert asked == [{"erp:7"}]
    assert home.keys() == {"erp:7": "crm:2"}


def test_a_link_ends_where_the_account_is_no_longer_alike(home: Home) -> None:
    home.add("erp:7", "Maplecoast Diagnostics")
    home.update()
    home.run("update canonical.dim_customer set name = 'Quite Another Bakery' where native_id = '7'")
    assert home.update()
    assert home.keys() == {}


def test_other_weights_score_anew_and_keep_the_keys(home: Home) -> None:
    home.add("erp:7", "Willowlake Materials LLC")
    home.add("bill:a", "Willowlake Materials, L.L.C.")
    home.update()
    first = home.keys()
    weights: dict[str, Any] = linking.weights_of(home.lake)
    facts.write_weights(home.lake, weights | {"prior": weights["prior"] * 2}, "another", 500)
    home.run("update canonical.dim_customer set created_at = '2020-01-01' where platform = 'erp'")
    home.update()
    assert home.keys() == first == {"erp:7": "bill:a"}
    assert len(home.lake.names("_identity/links/*")) == 2


def test_a_decision_wins_and_ends_with_its_line(home: Home) -> None:
    home.add("erp:7", "Maplecoast Diagnostics")
    assert not home.update(Override("split", "erp:7", "crm:1"))
    assert home.update(Override("merge", "erp:7", "crm:2"))
    assert home.keys() == {"erp:7": "crm:2"}
    assert home.update()
    assert home.keys() == {"erp:7": "crm:1"}


def test_what_an_unmerge_would_move_is_told_before_it_does(home: Home) -> None:
    home.add("erp:7", "Maplecoast Diagnostics")
    home.update()
    journals = "('erp', 'j1', 'JE-1', 'd1', null, 'USD'), ('erp', 'j2', 'JE-2', 'd2', null, 'USD')"
    home.run(f"insert into canonical.fct_journal values {journals}")
    home.run("insert into canonical.dim_deal values ('d1', 'erp', 'invoice', 'i7'), ('d2', 'crm', 'opportunity', 'o1')")
    move = moving.unmerged(home.warehouse, home.lake, [], "erp:7")
    assert move is not None
    assert move.override == Override("split", "erp:7", "crm:1")
    assert move.accounts == [{"account": "erp:7", "customer_key": "crm:1", "becomes": "erp:7"}]
    assert [(row["entity"], row["document_number"]) for row in move.documents] == [("invoice", "INV-7"), ("journal", "JE-1")]
    assert home.keys() == {"erp:7": "crm:1"}
    assert moving.unmerged(home.warehouse, home.lake, [], "crm:2") is None


def test_an_unmerge_moves_copies_and_credits_and_what_hangs_on_payments(home: Home) -> None:
    home.add("erp:7", "Maplecoast Diagnostics")
    home.update()
    rows = {
        "credit_memo": "('erp', 'm1', 'CM-1', 'd1', '7', 'USD'), ('erp', 'm2', 'CM-2', 'd2', '8', 'USD')",
        "invoice_copy": "('erp', 'v1', 'IC-1', null, '7', 'USD'), ('crm', 'v2', 'IC-2', null, '7', 'USD')",
        "payment": "('erp', 'p1', 'P-1', 'd1', '7', 'USD'), ('erp', 'p2', 'P-2', 'd2', '8', 'USD')",
        "payment_allocation": "('erp', 'a1', 'A-1', 'd1', 'p1'), ('crm', 'a2', 'A-2', 'd2', 'p1')",
        "refund": "('erp', 'r1', 'R-1', 'd1', 'p1'), ('erp', 'r2', 'R-2', 'd2', 'p2')",
    }
    for entity, values in rows.items():
        home.run(f"insert into canonical.fct_{entity} values {values}")
    move = moving.unmerged(home.warehouse, home.lake, [], "erp:7")
    assert move is not None
    assert {row["document_number"] for row in move.documents} == {"INV-7", "CM-1", "IC-1", "P-1", "A-1", "R-1"}
