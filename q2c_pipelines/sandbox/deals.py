"""The deals of one chunk, from opportunity to subscription, and what was agreed in each of their lines.

catalog, companies, random draws -> customers, deals, deal lines.  How long things take and what is bought depends on the seed and
the chunk alone; only when a deal begins depends on how many there are.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from q2c_pipelines.platforms.numbering import Numbers, Texts, numbered
from q2c_pipelines.platforms.salesforce import ids as salesforce
from q2c_pipelines.platforms.zuora import ids as zuora
from q2c_pipelines.sandbox import catalog, families, treatments
from q2c_pipelines.sandbox.chains import Chain
from q2c_pipelines.sandbox.companies import companies
from q2c_pipelines.sandbox.money import divided, in_cents
from q2c_pipelines.sandbox.times import DAY, HOUR, SECONDS, START, after, at_second, months_after

DEALS, CUSTOMERS = 1000, 250  # of a chunk
MOST_LINES = 5
UNASKED, APPROVER = 15, "Deal desk"  # the percentage of discount up to which nobody is asked, and who is above
WON, LOST, SLOW = 0, 1, 2  # a slow deal stays open for half a year and longer, and is lost in the end
CUSTOMER_IDS = (
    "salesforce_account_id",
    "salesforce_contact_id",
    "netsuite_customer_id",
    "zuora_account_id",
    "zuora_account_number",
    "zuora_contact_id",
    "stripe_customer_id",
    "crm_id",
)
PRODUCT_IDS = ("salesforce_product_id", "salesforce_pricebook_entry_id", "netsuite_item_id", "zuora_product_id")
IDS = (
    *("salesforce_opportunity_id", "salesforce_quote_id", "salesforce_contract_id", "salesforce_order_id"),
    *("salesforce_order_number", "netsuite_order_id", "zuora_order_id", "zuora_order_number", "zuora_subscription_id"),
    *("opportunity_id", "quote_id", "quote_number", "order_number", "subscription_number"),
)
LINE_IDS = {  # with the key prefix of their object
    "salesforce_quote_line_id": "a0r",
    "salesforce_opportunity_line_id": "00k",
    "salesforce_order_item_id": "802",
    "salesforce_subscription_id": "a0x",
}
NEVER = pl.lit(None, dtype=pl.Datetime("us", "UTC"))
_PERIODS, _MONTHS = np.array([*catalog.MONTHS]), np.array([*catalog.MONTHS.values()])


def agreed(seed: int, number: int, deals_in_history: int, chain: Chain) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Customers, deals and deal lines of a chunk; money of lines and deals still in cents."""
    rng = np.random.default_rng((seed, number, *([chain.first] if chain.first else [])))
    customers = companies(seed, chain, chain.first + number * CUSTOMERS + np.arange(1, CUSTOMERS + 1), rng)
    customers = treatments.treated(customers, chain, np.random.default_rng((seed, number, 113, chain.first)))
    deals = _timed(_begun(rng, number, deals_in_history, chain), chain)
    customers = families.joined(_dated(customers, deals), np.random.default_rng((seed, number, 71, chain.first)))
    deals = deals.join(
        customers.select("customer_no", *CUSTOMER_IDS, "tax_percent", customer_name="name"), on="customer_no", maintain_order="left"
    )
    deals = (
        deals.with_columns(_expiry(seed, number, chain))
        .with_columns(expires_on=(pl.col("accepted_at").dt.date() + pl.duration(days="open_days")))
        .drop("open_days")
    )
    deals = deals.with_columns(pl.format("{} #{}", "customer_name", "deal_no").alias("name")).drop("customer_name")
    lines = _lines(rng, seed, deals, chain)
    high = pl.when(pl.col("discount_percent").max() > UNASKED).then(pl.lit(APPROVER))
    amounts = lines.group_by("deal_no", maintain_order=True).agg(amount=pl.col("net_total").sum(), approved_by=high)
    return customers, deals.join(amounts, on="deal_no", maintain_order="left"), lines


def numbers_of(deals: pl.DataFrame) -> list[str]:
    """The columns of a deal that identify it or its customer somewhere, for the documents that follow from it."""
    return [name for name in deals.columns if name.endswith(("_id", "_number", "_no"))]


def _begun(rng: np.random.Generator, number: int, deals_in_history: int, chain: Chain) -> pl.DataFrame:
    """One row a deal: terms, ids, outcome, when it began, and how many seconds each step took."""
    place = number * DEALS + np.arange(DEALS)
    deal_no = chain.first + place + 1
    owner = rng.permutation(np.concatenate([np.arange(CUSTOMERS), rng.integers(0, CUSTOMERS, DEALS - CUSTOMERS)]))
    billing = rng.choice(3, DEALS, p=[0.2, 0.4, 0.4])
    term = np.where(billing == 2, rng.choice([12, 24], DEALS, p=[0.7, 0.3]), rng.choice([6, 12, 24], DEALS, p=[0.45, 0.4, 0.15]))
    begun = START.timestamp() + (place + rng.random(DEALS)) * (SECONDS / deals_in_history)
    return pl.DataFrame(
        {
            "deal_no": deal_no,
            "customer_no": chain.first + number * CUSTOMERS + 1 + owner,
            "currency": chain.currency,
            "legal_entity": chain.name,
            "billing_period": _PERIODS[billing],
            "billing_months": _MONTHS[billing],
            "term_months": term,
            "po_number": numbered("PO-", 100_000 + deal_no * 3, 6),
            "begun": begun.astype(np.int64),
            "outcome": rng.choice([WON, LOST, SLOW], DEALS, p=[0.60, 0.25, 0.15]),
            "reviewed": rng.random(DEALS) < 0.5,
            "to_quote": rng.integers(DAY, 10 * DAY, DEALS),
            "to_approve": rng.integers(2 * HOUR, 3 * DAY, DEALS),
            "to_accept": rng.integers(DAY, 20 * DAY, DEALS),
            "to_lose": rng.integers(5 * DAY, 40 * DAY, DEALS),
            "to_forget": rng.integers(180 * DAY, 540 * DAY, DEALS),
            "to_order": rng.integers(HOUR, 6 * HOUR, DEALS),
            "to_activate": rng.integers(60, 2 * HOUR, DEALS),
            "to_subscribe": rng.integers(HOUR, 12 * HOUR, DEALS),
            "to_erp": rng.integers(60, 20 * 60, DEALS),
            "to_billing": rng.integers(20 * 60, 40 * 60, DEALS),
            "to_payments": rng.integers(40 * 60, 59 * 60, DEALS),
        }
    ).pipe(identified, chain)


def identified(deals: pl.DataFrame, chain: Chain) -> pl.DataFrame:
    """Deals with what they and their documents are called by, from their numbers."""
    deal_no = deals["deal_no"].to_numpy()
    return deals.with_columns(
        **{name: pl.Series(name, values) for name, values in _deal_ids(deal_no).items()}, **_references(deal_no, chain)
    )


def _deal_ids(deal_no: Numbers) -> dict[str, Texts | Numbers | list[str]]:
    return {
        "salesforce_opportunity_id": salesforce.record_id("006", deal_no),
        "salesforce_quote_id": salesforce.record_id("a0q", deal_no),
        "salesforce_contract_id": salesforce.record_id("800", deal_no),
        "salesforce_order_id": salesforce.record_id("801", deal_no),
        "salesforce_order_number": numbered("", deal_no),
        "netsuite_order_id": netsuite_transaction(deal_no, 0),
        "zuora_order_id": zuora.record_id("order", deal_no),
        "zuora_order_number": numbered("O-", deal_no),
        "zuora_subscription_id": zuora.record_id("subscription", deal_no),
    }


def _references(deal_no: Numbers, chain: Chain) -> dict[str, pl.Series]:
    """What the documents of one platform are called by on the others; null where nobody plays the role."""
    return {
        "opportunity_id": chain.ids("crm", "opportunity_id", deal_no),
        "quote_id": chain.ids("crm", "quote_id", deal_no),
        "quote_number": chain.ids("crm", "quote_number", deal_no),
        "order_number": chain.ids("erp", "order_number", deal_no),
        "subscription_number": chain.ids("billing", "subscription_number", deal_no),
    }


def netsuite_transaction(deal_no: Numbers, slot: int | Numbers) -> Numbers:
    """Slots of a deal: 0 order, 1-24 invoices, 25-48 payments, 49-72 fee journals, 73-96 revenue journals."""
    return np.asarray(1_000_000 + deal_no * 100 + slot, dtype=np.int64)


def _timed(begun: pl.DataFrame, chain: Chain) -> pl.DataFrame:
    """Each step's time, as far as the deal gets."""
    won, lost = pl.col("outcome") == WON, pl.col("outcome") == LOST
    approved = pl.when(won | pl.col("reviewed")).then(pl.col("quoted_at") + pl.duration(seconds="to_approve"))
    return (
        begun.with_columns(created_at=at_second(pl.col("begun")))
        .with_columns(quoted_at=after(pl.col("created_at"), pl.col("to_quote")))
        .with_columns(approved_at=approved)
        .with_columns(
            accepted_at=pl.when(won).then(after(pl.col("approved_at"), pl.col("to_accept"))),
            lost_at=pl.when(lost)
            .then(after(pl.col("quoted_at"), pl.col("to_lose")))
            .when(~won)
            .then(after(pl.col("quoted_at"), pl.col("to_forget"))),
            start_on=after(pl.col("approved_at").fill_null(pl.col("quoted_at")), pl.col("to_accept")).dt.date().dt.offset_by("2d"),
        )
        .with_columns(
            ordered_at=after(pl.col("accepted_at"), pl.col("to_order")),
            end_on=months_after(pl.col("start_on"), pl.col("term_months")).dt.offset_by("-1d"),
        )
        .with_columns(
            crm_activated_at=after(pl.col("ordered_at"), pl.col("to_activate")),
            subscribed_at=after(pl.col("ordered_at"), pl.col("to_subscribe")),
            **enveloped(chain),
        )
    )


def enveloped(chain: Chain) -> dict[str, pl.Expr]:
    """When a quote is sent to be signed and is signed, where anybody signs: after its approval, before it is accepted."""
    is_signed = "signature" in chain.systems
    return {
        "sent_at": after(pl.col("approved_at"), pl.lit(HOUR // 6)) if is_signed else NEVER,
        "signed_at": after(pl.col("accepted_at"), pl.lit(-HOUR // 12)) if is_signed else NEVER,
    }


def _expiry(seed: int, number: int, chain: Chain) -> pl.Series:
    """How many days after it was accepted a quote would have expired; one that is never accepted is open-ended."""
    return pl.Series("open_days", np.random.default_rng((seed, number, chain.first, 31)).integers(10, 61, DEALS))


def _dated(customers: pl.DataFrame, deals: pl.DataFrame) -> pl.DataFrame:
    """Customers with their times: known since their first deal, set up elsewhere within the hour of their first acceptance."""
    first = deals.sort("accepted_at", nulls_last=True, maintain_order=True).group_by("customer_no", maintain_order=True)
    times = first.agg(
        created_at=pl.col("created_at").min(),
        erp_created_at=after(pl.col("accepted_at"), pl.col("to_erp")).first(),
        billing_created_at=after(pl.col("accepted_at"), pl.col("to_billing")).first(),
        payments_created_at=after(pl.col("accepted_at"), pl.col("to_payments")).first(),
    )
    return customers.join(times, on="customer_no", maintain_order="left")


def _lines(rng: np.random.Generator, seed: int, deals: pl.DataFrame, chain: Chain) -> pl.DataFrame:
    """One to four recurring products a deal, and a one-time product with two deals in five; prices in cents."""
    recurring = rng.choice([1, 2, 3, 4], DEALS, p=[0.35, 0.35, 0.2, 0.1])
    with_service = rng.random(DEALS) < 0.4
    first_four = rng.random((DEALS, catalog.RECURRING)).argsort(axis=1)[:, :4]
    service = catalog.RECURRING + rng.integers(0, catalog.ONE_TIME, (DEALS, 1))
    chosen = np.hstack([np.arange(4) < recurring[:, None], with_service[:, None]])
    product_no = np.hstack([first_four, service])[chosen] + 1
    count = len(product_no)
    lines = pl.DataFrame(
        {
            "deal_no": np.repeat(deals["deal_no"].to_numpy(), chosen.sum(axis=1)),
            "line_no": chosen.cumsum(axis=1)[chosen],
            "product_no": product_no,
            "seats": rng.choice([1, 3, 5, 10, 20, 25, 50, 100], count),
            "services": rng.integers(1, 4, count),
            "discount_percent": rng.choice([0, 5, 10, 12, 15, 20], count, p=[0.4, 0.2, 0.15, 0.05, 0.1, 0.1]),
        }
    )
    return _priced(_named(lines, seed, deals, chain))


def _named(lines: pl.DataFrame, seed: int, deals: pl.DataFrame, chain: Chain) -> pl.DataFrame:
    """Lines with their deal's and product's facts."""
    products = catalog.products(seed, chain).select("product_no", "product_code", "charge_type", "list_price", *PRODUCT_IDS)
    terms = deals.select(*numbers_of(deals), "tax_percent", "billing_months", "term_months", deal_billing_period="billing_period")
    one_time = pl.col("charge_type") == "one_time"
    return (
        lines.join(products, on="product_no", maintain_order="left")
        .join(terms, on="deal_no", maintain_order="left")
        .with_columns(
            quantity=pl.when(one_time).then("services").otherwise("seats"),
            billing_period=pl.when(~one_time).then("deal_billing_period"),
            term_units=pl.when(one_time).then(1).otherwise("term_months"),
            billing_units=pl.when(one_time).then(1).otherwise("billing_months"),
        )
        .join(
            catalog.rate_plans(seed, chain).drop("charge_type", "price", "created_at", "currency"),
            on=["product_code", "billing_period"],
            how="left",
            nulls_equal=True,
            maintain_order="left",
        )
    )


def _priced(lines: pl.DataFrame) -> pl.DataFrame:
    """Lines with what was agreed (in cents) and their own ids."""
    key = lines["deal_no"].to_numpy() * 8 + lines["line_no"].to_numpy()
    unit = divided(lines["list_price"].to_numpy() * (100 - lines["discount_percent"].to_numpy()), 100)
    return (
        lines.with_columns(pl.Series("unit_price", unit))
        .with_columns(
            net_price=pl.col("unit_price") * pl.col("term_units"), billing_price=pl.col("unit_price") * pl.col("billing_units")
        )
        .with_columns(net_total=pl.col("net_price") * pl.col("quantity"))
        .with_columns(
            *(pl.Series(name, salesforce.record_id(prefix, key)) for name, prefix in LINE_IDS.items()),
            pl.Series("zuora_sub_rate_plan_id", zuora.record_id("sub_rate_plan", key)),
            pl.Series("zuora_sub_charge_id", zuora.record_id("sub_charge", key)),
            pl.Series("zuora_sub_charge_number", numbered("C-", key)),
            pl.Series("zuora_sub_tier_id", zuora.record_id("sub_tier", key)),
        )
        .drop("product_no", "seats", "services", "billing_units", "billing_months", "term_months", "deal_billing_period")
    )


def in_money(lines: pl.DataFrame) -> pl.DataFrame:
    """Lines with decimals for cents."""
    return lines.with_columns(in_cents("list_price", "unit_price", "net_price", "net_total", "billing_price"))
