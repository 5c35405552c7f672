"""The companies of the simulated group: where each is, in which currency it sells, and which platform plays which role for it.

Every chain has its own range of numbers, so that one platform can serve several and no id is there twice.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import polars as pl

from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.numbering import Numbers, numbered


@dataclass(frozen=True)
class Chain:
    """One company. `share`: one deal of its history for so many of the sandbox's size. Tax in whole per cent."""

    name: str
    country: str
    currency: str
    systems: Mapping[str, str] = field(hash=False)  # role -> platform
    accounts: Mapping[str, str] = field(hash=False)  # what is booked -> account of its books
    first: int = 0
    share: int = 1
    tax_percent: int = 0
    zone: str = "UTC"  # where its bank's days begin
    has_fees: bool = True  # whoever collects keeps a part

    @property
    def tax_rate(self) -> Decimal:
        """Tax on what is sold, as a fraction."""
        return Decimal(self.tax_percent) / 100

    def plays(self, platform: str) -> bool:
        """Whether this platform has any role here."""
        return platform in self.systems.values()

    def ids(self, role: str, what: str, numbers: Numbers) -> pl.Series:
        """Ids as the platform that plays the role shapes them, plain numbers where it does not; null where nobody plays it."""
        if (platform := self.systems.get(role)) is None:
            return pl.Series([None] * len(numbers), dtype=pl.String)
        shape: Callable[[Numbers], Sequence[str]] | None = getattr(_shapes(platform), what, None)
        return pl.Series(shape(numbers) if shape else numbered(f"{what[0].upper()}-", numbers))


def _shapes(platform: str) -> ModuleType | None:
    try:
        return spec.part_of(platform, "ids")
    except ModuleNotFoundError:
        return None


def _accounts(codes: str) -> dict[str, str]:
    names = "bank clearing receivable deferred_revenue subscription_revenue services_revenue processor_fees tax_payable"
    return dict(zip(names.split(), codes.split(), strict=True))


US = Chain(
    name="US",
    country="US",
    currency="USD",
    systems={
        "crm": "salesforce",
        "signature": "docusign",
        "erp": "netsuite",
        "billing": "zuora",
        "payments": "stripe",
        "tax": "avalara",
    },
    accounts=_accounts("1000 1050 1200 2500 4000 4100 6500 2200"),
)
DE = Chain(
    name="DE",
    country="DE",
    currency="EUR",
    systems={
        "crm": "salesforce",
        "signature": "docusign",
        "orders": "legacy_oms",
        "erp": "sap_s4hana",
        "billing": "zuora",
        "payments": "zuora",
    },
    accounts=_accounts("18000000 14600000 12000000 39000000 44000000 44010000 68550000 38060000"),
    first=20_000_000,
    share=5,
    tax_percent=19,
    has_fees=False,
)
UK = Chain(
    name="UK",
    country="GB",
    currency="GBP",
    systems={"crm": "dynamics365_sales", "erp": "dynamics365_finance", "payments": "file_drop"},
    accounts=_accounts("110110 110155 130100 250100 401100 401200 605150 222200"),
    first=30_000_000,
    share=5,
    tax_percent=20,
    zone="Europe/London",
)
CA = Chain(
    name="CA",
    country="CA",
    currency="CAD",
    systems={"crm": "hubspot", "erp": "oracle_fusion", "billing": "stripe_ca", "payments": "stripe_ca", "tax": "stripe_ca"},
    accounts=_accounts("11100 11250 12100 25100 41100 41200 65300 22400"),
    first=40_000_000,
    share=5,
    tax_percent=13,
)
CHAINS = (US, DE, UK, CA)


def group(systems: Path) -> list[Chain]:
    """The companies that the seed `systems` in this file has: those known here, then any other that sells, made like the US one.

    The first one has all the deals that the sandbox is asked for, the others a fifth of them.
    """
    played: dict[str, dict[str, str]] = {}
    with systems.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            played.setdefault(row["legal_entity"], {})[row["role"]] = row["platform"]
    known = [replace(chain, systems=played.pop(chain.name)) for chain in CHAINS if chain.name in played]
    selling = sorted(name for name, roles in played.items() if "crm" in roles)
    found = known + [_acquired(name, played[name], place) for place, name in enumerate(selling, start=5)]
    return [replace(chain, share=1) for chain in found[:1]] + found[1:]


def _acquired(name: str, systems: Mapping[str, str], place: int) -> Chain:
    return replace(US, name=name, systems=systems, first=place * 10_000_000, share=5)


def served(chains: Sequence[Chain], platforms: Iterable[str]) -> list[Chain]:
    """The companies that sell and keep their books on these platforms; the first one also where it lacks one of the two."""
    ends = [{chain.systems.get("crm"), chain.systems.get("erp")} for chain in chains]
    return [chain for chain, needed in zip(chains, ends, strict=True) if chain is chains[0] or needed <= set(platforms)]
