"""A tiny billing platform of our own, so that the sandbox is tested without any vendor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest
from aiohttp import web

from q2c_pipelines.platforms.emulation import Emulation, Row, State, middleware
from q2c_pipelines.sandbox.chains import US
from q2c_pipelines.sandbox.company import Company
from q2c_pipelines.sandbox.emulators import Emulator
from q2c_pipelines.sandbox.size import Size
from q2c_pipelines.sandbox.world import World

DDL = """
create table if not exists invoice
    (number text primary key, account text, amount real, status text, metadata text, changed_at text);
create table if not exists account (id text primary key, name text, changed_at text);
create table if not exists log (id integer primary key, entry text);
"""
# one company, for which the two platforms do what nobody else does
COMPANIES = [replace(US, systems={**US.systems, "counting": "abacus", "plucking": "zither"})]


def rows(world: World, at: datetime) -> dict[str, pl.DataFrame]:
    """Invoices are open until they are paid."""
    paid = pl.col("paid_at") <= at
    invoices = world.invoices.filter(pl.col("posted_at") <= at).select(
        number="invoice_no",
        account="zuora_account_id",
        amount="amount",
        status=pl.when(paid).then(pl.lit("paid")).otherwise(pl.lit("open")),
        metadata=pl.lit('{"crm_id":"x"}'),
        changed_at=pl.when(paid).then("paid_at").otherwise("posted_at"),
    )
    accounts = world.customers.filter(pl.col("created_at") <= at).select(
        id="zuora_account_id", name="name", changed_at="created_at"
    )
    return {"invoice": invoices, "account": accounts}


def on_change(state: State, table: str, before: Row | None, after: Row | None, now: datetime) -> None:
    """Stamp the record, log a delete."""
    if after is None:
        state.db.execute("insert into log (entry) values (?)", (f"{table} {(before or {})[state.key(table)]} deleted",))
    else:
        state.write(table, after[state.key(table)], {"changed_at": now})


def refuse(kind: str) -> web.Response:
    return web.json_response({"fault": kind}, status={"rate_limit": 429, "expired_token": 401, "locked": 423}.get(kind, 500))


def application(emulation: Emulation) -> web.Application:
    async def read(request: web.Request) -> web.Response:
        return web.json_response(emulation.reshape("invoice", emulation.state.select("select * from invoice order by number")))

    async def write(request: web.Request) -> web.Response:
        number = request.match_info["number"]
        return web.json_response(emulation.state.update("invoice", number, await request.json(), emulation.now()))

    app = web.Application(middlewares=[middleware(emulation, refuse)])
    app.router.add_get("/invoices", read)
    app.router.add_patch("/invoices/{number}", write)
    return app


def fake(name: str) -> Emulator:
    return Emulator(
        platform=name,
        ddl=DDL,
        rows=rows,
        application=application,
        on_change=on_change,
        make_credentials=lambda: {"key": f"secret of {name}"},
        keys={"invoice": "number"},
        faults=("locked",) if name == "abacus" else (),
        settings={"room": "1"} if name == "abacus" else {},
    )


@pytest.fixture
def emulators() -> dict[str, Emulator]:
    """Two platforms, sorted by name."""
    return {"abacus": fake("abacus"), "zither": fake("zither")}


@pytest.fixture
def size() -> Size:
    """A small world: one chunk is more than its whole history."""
    return Size(seed=5, deals=600)


@pytest.fixture
def company(tmp_path: Path, emulators: dict[str, Emulator], size: Size) -> Iterator[Company]:
    """A company filled to the end of its history."""
    held = Company(tmp_path, emulators, size, chains=COMPANIES)
    yield held
    held.close()


RULE = """
models:
  - name: mismatch__unbilled
    config:
      meta:
        counterexamples:
          US:
            victim: completed_deal
            having: "${invoices | length >= 2 and deal.billing_period == 'Quarter'}"
            let: {copied: "${invoices[0].invoice_no}-COPY"}
            steps:
              - platform: abacus
                delete: invoice
                each: invoices[1:]
                where: {number: "${item.invoice_no}"}
              - platform: abacus
                copy: invoice
                where: {number: "${invoices[0].invoice_no}"}
                set: {number: "${copied}", amount: "${row.amount * decimal('2')}"}
              - platform: zither
                update: invoice
                where: {number: "${invoices[0].invoice_no}", metadata.crm_id: x}
                set: {metadata.crm_id: null, metadata.deep.er: "${deal.deal_no}", status: void}
              - platform: zither
                insert: account
                set: {id: "${new_id('zuora', 'account')}", name: "Planted ${serial}"}
            finds:
              - platform: abacus
                entity: invoice
                native_id: "${item.zuora_invoice_id}"
                each: invoices[1:]
                amount: "${item.amount}"
              - platform: abacus
                entity: invoice
                native_id: "${copied}"
                amount: "${invoices[0].amount * 2}"
                deal_key: "abacus:${copied}"
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A folder with one rule."""
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "mismatch__unbilled.yml").write_text(RULE)
    return folder


FILE_RULE = """
models:
  - name: mismatch__nameless
    config:
      meta:
        counterexamples:
          WS:
            victim: nobody
            let: {invoice_no: "P${serial}"}
            steps:
              - platform: file_drop
                drop: "sales_${serial}.csv"
                lines:
                  - InvoiceNo,Quantity
                  - "${invoice_no},${2 + 1}"
            finds:
              - platform: file_drop
                entity: invoice
                native_id: "${invoice_no}"
                amount: "1.50"
                currency: GBP
"""


@pytest.fixture
def file_rules(rules: Path) -> Path:
    """The folder with a second rule, whose counterexample is a file."""
    (rules / "mismatch__nameless.yml").write_text(FILE_RULE)
    return rules
