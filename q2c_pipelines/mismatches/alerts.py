"""Tells people of cases that matter: by money, customer and close, not by how much is logged; each case once a channel.

open cases, cases.yaml -> what a channel was not told yet -> one message a channel (apprise) -> remembered as told

A case is told again when it was reopened, when its money has doubled, or when it has become graver. A message that could not be
delivered is tried again by the next cycle.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
from sqlalchemy import select

from q2c_pipelines.mismatches.rules import SEVERITIES
from q2c_pipelines.mismatches.triage import Triage
from q2c_pipelines.outbox.case_log import CLOSED
from q2c_pipelines.outbox.store import Store
from q2c_pipelines.outbox.tables import Alert, Case

NO_ADDRESS = "its address in Q2C_ALERTS is none that apprise knows (https://github.com/caronc/apprise/wiki)"
TOLD_AT_MOST = 10  # groups of cases in one message; the queue has them all
_CASES = """
select mismatches.fingerprint, mismatches.stage, customers.name as customer
from mismatches.fct_mismatches as mismatches
left join canonical.dim_deal as deals on mismatches.deal_key = deals.deal_key
left join canonical.dim_customer as customers on deals.customer_key = concat(customers.platform, ':', customers.native_id)
"""
# the first period that is not closed; where the ERP does not say so, the one that is not over
_CLOSES = """
select periods.legal_entity, min(periods.ends_on), cast(max(books.observed_through) as date)
from mismatches.company_period as periods
inner join canonical.dim_system as books on periods.legal_entity = books.legal_entity and periods.platform = books.platform
where not coalesce(periods.is_closed, periods.is_over)
group by periods.legal_entity
"""


@dataclass(frozen=True)
class Context:
    """What the warehouse knows of the cases: stage and customer by fingerprint; of each company its next close and today."""

    cases: Mapping[str, tuple[str, str | None]]
    closes: Mapping[str, tuple[date, date]] = field(default_factory=dict)

    def facts(self, case: Case) -> dict[str, object]:
        """What `cases.yaml` may ask of a case."""
        stage, customer = self.cases.get(case.fingerprint, (None, None))
        close, today = self.closes.get(case.legal_entity or "", (None, None))
        told = {column.name: getattr(case, column.name) for column in case.__table__.columns}
        return told | {"stage": stage, "customer": customer, "closes_in_days": (close - today).days if close and today else None}


@dataclass(frozen=True)
class Told:
    """What became of one channel's message: how many cases it told of, and why it could not be delivered."""

    channel: str
    cases: int
    trouble: str = ""


@dataclass(frozen=True)
class _Group:
    """Cases with one root cause, the one with the most money first."""

    cases: Sequence[Case]
    customers: frozenset[str]

    @property
    def amount(self) -> Decimal:
        return sum((case.amount_at_risk for case in self.cases), Decimal(0))

    @property
    def rank(self) -> tuple[int, Decimal, str]:
        return _gravity(self.cases[0].severity), -self.amount, self.cases[0].fingerprint


def send(store: Store, warehouse: Path | str, triage: Triage, channels: Mapping[str, str]) -> list[Told]:
    """Tell each channel (name -> apprise URL) what it was not told yet."""
    if not channels or not triage.alerts:
        return []
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        context = Context(*({row[0]: row[1:] for row in connection.execute(sql).fetchall()} for sql in (_CASES, _CLOSES)))
    return [_sent(store, context, triage, name, url) for name, url in sorted(channels.items())]


def _sent(store: Store, context: Context, triage: Triage, channel: str, url: str) -> Told:
    with store.reading() as session:
        known = {one.fingerprint: one for one in session.scalars(select(Alert).where(Alert.channel == channel))}
        cases = session.scalars(select(Case).where(Case.state.not_in(CLOSED))).all()
        asked = [case for case in cases if channel in triage.channels(context.facts(case))]
        new = [case for case in asked if _is_more(case, known.get(case.fingerprint))]
        if not new:
            return Told(channel, 0)
        if trouble := _delivered(url, *message(new, context)):
            return Told(channel, len(new), trouble)
    _remember(store, channel, new)
    return Told(channel, len(new))


def _is_more(case: Case, told: Alert | None) -> bool:
    """Whether a channel that was told this is to be told again."""
    if told is None or told.reopened != case.reopened:
        return True
    doubled = told.amount > 0 and case.amount_at_risk >= 2 * told.amount
    return doubled or _gravity(case.severity) < _gravity(told.severity)


def _gravity(severity: str | None) -> int:
    return [*SEVERITIES, severity].index(severity)  # type: ignore[arg-type]


def message(cases: Iterable[Case], context: Context) -> tuple[str, str]:
    """Title and text: the money by currency, the groups of cases, the gravest first, and the next close of their companies."""
    cases = list(cases)
    groups = sorted(_grouped(cases, context), key=lambda group: group.rank)
    count = sum(len(group.cases) for group in groups)
    lines = [_line(group) for group in groups[:TOLD_AT_MOST]]
    if len(groups) > TOLD_AT_MOST:
        lines.append(f"and {len(groups) - TOLD_AT_MOST} more: q2c cases list")
    lines.extend(_next_closes(cases, context))
    return f"q2c: {count} {'case' if count == 1 else 'cases'}, {_money(groups)} at risk", "\n".join(lines)


def _next_closes(cases: Iterable[Case], context: Context) -> list[str]:
    """One line for each day on which books close that the cases stand in."""
    companies: dict[date, list[str]] = defaultdict(list)
    for company in sorted({case.legal_entity for case in cases if case.legal_entity in context.closes}, key=str):
        companies[context.closes[str(company)][0]].append(str(company))
    return [f"Next close: {', '.join(names)} on {day}." for day, names in sorted(companies.items())]


def _grouped(cases: Iterable[Case], context: Context) -> list[_Group]:
    together: dict[str, list[Case]] = defaultdict(list)
    for case in sorted(cases, key=lambda case: (-case.amount_at_risk, case.fingerprint)):
        together[case.root_cause or case.fingerprint].append(case)
    return [_Group(found, _customers(found, context)) for found in together.values()]


def _customers(cases: Iterable[Case], context: Context) -> frozenset[str]:
    return frozenset(name for case in cases if (name := context.cases.get(case.fingerprint, ("", ""))[1]))


def _line(group: _Group) -> str:
    first = group.cases[0]
    many = f"{len(group.cases)} x " if len(group.cases) > 1 else ""
    who = ", ".join(sorted(group.customers)[:3]) + (f" and {len(group.customers) - 3} more" if len(group.customers) > 3 else "")
    parts = [f"[{first.severity}] {many}{first.rule}", _money([group]), first.legal_entity, who, first.evidence]
    return " | ".join(part for part in parts if part) + f" | q2c cases show {first.fingerprint[:8]}"


def _money(groups: Iterable[_Group]) -> str:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for group in groups:
        for case in group.cases:
            sums[case.currency or ""] += case.amount_at_risk
    return ", ".join(f"{amount:,.2f} {currency}".strip() for currency, amount in sorted(sums.items()))


def is_address(url: str) -> bool:
    """Whether apprise knows this kind of address and finds all in it that it needs; nothing is sent."""
    import apprise  # only where somebody is told: it takes a while

    return bool(apprise.Apprise().add(url))


def _delivered(url: str, title: str, body: str) -> str:
    """Why the message could not be delivered; the channel's address, which may hold a secret, is never told."""
    import apprise

    channel = apprise.Apprise()
    if not channel.add(url):
        return NO_ADDRESS
    return "" if channel.notify(title=title, body=body) else "it did not take the message; the next cycle tries again"


def _remember(store: Store, channel: str, cases: Iterable[Case]) -> None:
    with store.work() as work:
        for case in cases:
            said = {"reopened": case.reopened, "amount": case.amount_at_risk, "severity": case.severity, "told_at": work.now}
            work.session.merge(Alert(channel=channel, fingerprint=case.fingerprint, **said))
        work.commit()
