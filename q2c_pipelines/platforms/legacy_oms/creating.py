"""Records that are made: customers and orders, each once a command and once a reference.

look (by reference) -> adopted, or key + record in one transaction -> read back
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, LiteralString

from q2c_pipelines.platforms.commands import CreateCustomer, CreateOrder
from q2c_pipelines.platforms.flow import Flow, Receipt
from q2c_pipelines.platforms.legacy_oms.asking import marked, one, refused, rows
from q2c_pipelines.platforms.legacy_oms.statements import Statement, Write

_CUSTOMER: LiteralString = "select id, customer_no, name from {schema}.customers where crm_id = %(crm_id)s"
_ADD_CUSTOMER: LiteralString = """
insert into {schema}.customers (crm_id, name, email, phone, street, city, state, postal_code, country, payment_terms, currency)
values (
    %(crm_id)s, %(name)s, %(email)s, %(phone)s, %(street)s, %(city)s, %(state)s, %(postal_code)s, %(country)s,
    %(payment_terms)s, %(currency)s
)
on conflict (crm_id) do nothing
"""
_ORDER: LiteralString = """
select orders.id, orders.order_no, orders.status::text, orders.net_amount, count(order_lines.id) as lines
from {schema}.orders
left join {schema}.order_lines on orders.id = order_lines.order_id
where (orders.quote_id = %(quote_id)s and orders.status <> 'cancelled') or orders.external_ref = %(external_ref)s
group by orders.id
order by orders.id
limit 1
"""
_ADD_ORDER: LiteralString = """
insert into {schema}.orders
    (external_ref, customer_id, quote_id, quote_number, status, currency, net_amount, ordered_at, starts_on, ends_on)
select
    %(external_ref)s, customers.id, %(quote_id)s, %(quote_number)s, 'released', %(currency)s, %(net_amount)s,
    %(ordered_on)s, %(starts_on)s, %(ends_on)s
from {schema}.customers
where customers.crm_id = %(crm_id)s
on conflict (external_ref) do nothing
"""
_ADD_LINE: LiteralString = """
insert into {schema}.order_lines (order_id, line_no, product_id, qty, unit_price, net_amount)
select orders.id, %(line_no)s, products.id, %(qty)s, %(unit_price)s, %(net_amount)s
from {schema}.orders cross join {schema}.products
where orders.external_ref = %(external_ref)s and products.sku = %(sku)s and products.is_active
"""
_ACTIVE: LiteralString = "select sku from {schema}.products where sku = any(%(skus)s) and is_active"


def create_customer(command: CreateCustomer) -> Flow:
    """A customer that carries the CRM's id. Adopted where one does already."""
    look = Statement(_CUSTOMER, {"crm_id": command.crm_id})
    if found := (yield from one(look)):
        return _held("adopted", found, "customer_no")
    names = ("crm_id", "name", "email", "phone", "street", "city", "state", "postal_code", "country", "payment_terms", "currency")
    add = Statement(_ADD_CUSTOMER, {name: getattr(command, name) for name in names}, must_touch=True)
    is_ours = yield Write((marked(command), add))
    return _held("written" if is_ours else "adopted", (yield from _read_back(look, command.key)), "customer_no")


def create_order(command: CreateOrder) -> Flow:
    """An order of the quote with all its lines, released. Adopted where one of the quote stands, or this command made one."""
    look = Statement(_ORDER, {"quote_id": command.quote_id, "external_ref": command.key})
    if found := (yield from one(look)):
        return _held("adopted", found, "order_no")
    if not (yield from rows(Statement(_CUSTOMER, {"crm_id": command.customer_crm_id}))):
        raise refused(f"no customer has the crm_id {command.customer_crm_id}; create it, then replay")
    skus = sorted({line.product_code for line in command.lines})
    known = {row["sku"] for row in (yield from rows(Statement(_ACTIVE, {"skus": skus})))}
    if missing := [sku for sku in skus if sku not in known]:
        raise refused(f"no active product {', '.join(missing)}; create or activate it, then replay")
    is_ours = yield Write((marked(command), *_parts(command)))
    return _held("written" if is_ours else "adopted", (yield from _read_back(look, command.key)), "order_no")


def _parts(command: CreateOrder) -> tuple[Statement, ...]:
    header: dict[str, Any] = {
        "external_ref": command.key,
        "crm_id": command.customer_crm_id,
        "quote_id": command.quote_id,
        "quote_number": command.quote_number,
        "currency": command.currency,
        "net_amount": _cents(command.amount),
        "ordered_on": command.ordered_on,
        "starts_on": command.start_on,
        "ends_on": command.end_on,
    }
    lines = (
        {
            "external_ref": command.key,
            "line_no": line.line_number,
            "sku": line.product_code,
            "qty": line.quantity,
            "unit_price": line.unit_price,
            "net_amount": _cents(line.amount),
        }
        for line in command.lines
    )
    return (
        Statement(_ADD_ORDER, header, must_touch=True),
        *(Statement(_ADD_LINE, line, must_touch=True) for line in lines),
    )


def _read_back(look: Statement, key: str) -> Any:
    found = yield from one(look)
    if not found:
        raise refused(f"what {key} made, or met, is not there any more; look, then replay", "GONE")
    return found


def _held(outcome: Any, found: dict[str, Any], number: str) -> Receipt:
    return Receipt(outcome, str(found["id"]), document_number=found[number], read_back=found)


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"))
