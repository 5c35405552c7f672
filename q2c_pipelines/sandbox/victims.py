"""Whom a counterexample breaks, and all that the world knows about them at a time.

world chunks -> candidates that nobody has broken yet -> facts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from typing import Any

import polars as pl

from q2c_pipelines.sandbox.world import World

Row = dict[str, Any]
Key = tuple[str, str]
NOBODY = "nobody"  # what is broken comes in a file, and is no deal of the world
_WON = pl.col("accepted_at")


@dataclass(frozen=True)
class Victim:
    """`taken` may not be broken again, `near` is rather left alone, each (kind, key). `facts` is what expressions can name."""

    name: str
    taken: frozenset[Key]
    near: frozenset[Key]
    known: Callable[[], Row]

    @cached_property
    def facts(self) -> Row:
        """All that the world knows of it."""
        return self.known()


def candidates(kind: str, world: World, now: datetime) -> Iterator[Victim]:
    """Those of a chunk that a counterexample of this kind may break, in the order they came."""
    return _KINDS[kind](world, now)


def _completed_deals(world: World, now: datetime) -> Iterator[Victim]:
    return (_deal(world, row, now) for row in _finished(world, now).filter(_WON.is_not_null()).iter_rows(named=True))


def _amended_deals(world: World, now: datetime) -> Iterator[Victim]:
    amended = _finished(world, now, is_amended=True)
    return (_deal(world, row, now) for row in amended.iter_rows(named=True))


def _renewed_deals(world: World, now: datetime) -> Iterator[Victim]:
    carried = world.renewals.filter(~pl.col("is_automatic") & (pl.col("carried_at") <= now)).select(deal_no="renewed_deal_no")
    renewed = world.deals.join(carried, on="deal_no", how="semi", maintain_order="left")
    return (_deal(world, row, now) for row in renewed.iter_rows(named=True))


def _lost_deals(world: World, now: datetime) -> Iterator[Victim]:
    return (_deal(world, row, now) for row in _finished(world, now).filter(_WON.is_null()).iter_rows(named=True))


def _customers(world: World, now: datetime) -> Iterator[Victim]:
    """By their first deal, which is what a finding about a customer names."""
    won = world.deals.filter((pl.col("created_at") <= now) & _WON.is_not_null())
    first = won.sort("accepted_at", maintain_order=True).unique("customer_no", keep="first", maintain_order=True)
    finished = _finished(world, now).filter("of_finished_customer")
    known = finished.join(first, on="deal_no", how="semi", maintain_order="left").sort("accepted_at", maintain_order=True)
    return (_deal(world, row, now, name="customer") for row in known.iter_rows(named=True))


def _products(world: World, now: datetime) -> Iterator[Victim]:
    if world.number:
        return
    for row in world.products.filter(pl.col("created_at") <= now).iter_rows(named=True):
        codes = {row["product_code"], *_components(world, row["product_code"])}
        taken = frozenset(("product", f"{world.chain.name}:{code}") for code in codes)
        yield Victim(f"product {row['product_code']}", taken, frozenset(), partial(_of_product, world, row, now))


def _components(world: World, bundle: str) -> list[str]:
    """The codes of what belongs to a product, which it is compared by."""
    return [str(each["component_code"]) for each in _rows(world.bundles, product_code=bundle)]


def _of_product(world: World, row: Row, now: datetime) -> Row:
    plans = _rows(world.rate_plans, product_code=row["product_code"])
    bundle = _rows(world.bundles, product_code=row["product_code"])
    return _company(world) | {"product": row, "rate_plans": plans, "bundle": bundle, "now": now}


_KINDS: dict[str, Callable[[World, datetime], Iterator[Victim]]] = {
    "completed_deal": _completed_deals,
    "amended_deal": _amended_deals,
    "renewed_deal": _renewed_deals,
    "lost_deal": _lost_deals,
    "customer": _customers,
    "product": _products,
}


def _finished(world: World, now: datetime, is_amended: bool = False) -> pl.DataFrame:
    """Deals that will not change any more, but for renewed ones; first those of customers all of whose deals are finished."""
    over = (pl.col("completed_at") <= now).fill_null(False)
    begun = world.deals.filter(pl.col("created_at") <= now)
    judged = begun.with_columns(of_finished_customer=over.all().over("customer_no")).filter(over)
    judged = judged.join(world.amendments, on="deal_no", how="semi" if is_amended else "anti", maintain_order="left")
    for renewed in ("deal_no", "renewed_deal_no"):
        judged = judged.join(world.renewals, left_on="deal_no", right_on=renewed, how="anti", maintain_order="left")
    return judged.sort("of_finished_customer", descending=True, maintain_order=True)


def _deal(world: World, deal: Row, now: datetime, name: str = "deal") -> Victim:
    deal_no, customer_no = deal["deal_no"], deal["customer_no"]
    near, known = frozenset({("customer of a deal", str(customer_no))}), partial(_of_deal, world, deal, now)
    if name == "deal":
        return Victim(f"deal {deal_no}", frozenset({("deal", str(deal_no))}), near, known)
    begun = world.deals.filter((pl.col("created_at") <= now) & (pl.col("customer_no") == customer_no))["deal_no"]
    return Victim(f"customer {customer_no}", frozenset(("deal", str(one)) for one in begun), near, known)


def _of_deal(world: World, deal: Row, now: datetime) -> Row:
    deal_no, customer_no = deal["deal_no"], deal["customer_no"]
    invoice_lines = _rows(world.invoice_lines, deal_no=deal_no)
    invoices = [
        invoice | {"lines": [line for line in invoice_lines if line["invoice_no"] == invoice["invoice_no"]]}
        for invoice in _rows(world.invoices, deal_no=deal_no)
    ]
    lines, postings = _rows(world.deal_lines, deal_no=deal_no), _rows(world.postings, deal_no=deal_no)
    deals = _rows(world.deals.filter(pl.col("created_at") <= now), customer_no=customer_no)
    codes = [line["product_code"] for line in lines]
    return _company(world) | {
        "deal": deal,
        "customer": _rows(world.customers, customer_no=customer_no)[0],
        "other": _other(world, customer_no, now),
        "deals": deals,
        "lines": lines,
        "amendment": next(iter(_rows(world.amendments, deal_no=deal_no)), None),
        "renewal": next(iter(_rows(world.renewals, renewed_deal_no=deal_no)), None),
        "invoices": invoices,
        "payments": _rows(world.payments, deal_no=deal_no),
        "postings": postings,
        "fees": [posting for posting in postings if posting["kind"] == "processor_fee"],
        "releases": [posting for posting in postings if posting["kind"] == "revenue_release"],
        "product": _rows(world.products, product_code=codes[0])[0],
        "rate_plans": world.rate_plans.filter(pl.col("product_code").is_in(codes)).to_dicts(),
        "now": now,
    }


def _other(world: World, customer_no: int, now: datetime) -> Row:
    """The last customer that every platform knows by now and that this one does not belong to, nor it to this one."""
    family = [customer_no, *world.customers.filter(customer_no=customer_no)["parent_no"]]
    known = world.customers.filter(pl.col("payments_created_at") <= now)
    strangers = known.filter(~pl.col("customer_no").is_in(family) & pl.col("parent_no").ne_missing(customer_no))
    return strangers.tail(1).to_dicts()[0] if strangers.height else {}


def _company(world: World) -> Row:
    """The platform of each role, and what the company sells in."""
    return {**world.chain.systems, "currency": world.chain.currency}


def _rows(frame: pl.DataFrame, **values: Any) -> list[Row]:
    return frame.filter(**values).to_dicts()
