"""The public data entities that the environment offers: their keys, fields and types, as its metadata would name them.

A field is `text`, `number`, `whole`, `date`, `time`, or has one of the `enums`. `idle` ones are always empty here and cannot be
written: the vendor's published shapes promise them. `fixed` ones the environment sets itself. Names ending in _Custom are custom
fields of this environment, as its administrators would add them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

NOTHING = "1900-01-01T12:00:00Z"  # how the vendor writes the date of what has none
DEFAULTS: Mapping[str, str | int] = {"text": "", "number": 0, "whole": 0, "date": NOTHING, "time": "1900-01-01T00:00:00Z"}
ENUMS: Mapping[str, tuple[str, ...]] = {
    "NoYes": ("No", "Yes"),
    "CustVendorBlocked": ("No", "Invoice", "All", "Payment", "Requisition", "Never", "PurchOrder"),
    "LedgerJournalACType": ("Ledger", "Cust", "Vend", "Project", "FixedAssets", "Bank"),
    "SalesStatus": ("None", "Backorder", "Delivered", "Invoiced", "Canceled"),
    "SettlementType": ("None", "OpenTransact", "SelectedTransact"),
    "CurrentOperationsTax": ("Current", "Operations", "Tax", "None"),
    "EcoResProductType": ("Item", "Service"),
    "FiscalPeriodStatus": ("Open", "OnHold", "Closed"),
    "FiscalPeriodType": ("Opening", "Operating", "Closing"),
    "FiscalPeriodMonth": tuple(f"Month{n}" for n in range(1, 13)),
    "FiscalQuarter": ("Q1", "Q2", "Q3", "Q4"),
    "LedgerJournalType": ("Daily", "CustPayment"),
    "NewVoucher": ("BalanceSheet", "Manually", "OneVoucher"),
    "DimensionLedgerAccountType": ("Blank", "Revenue", "Expense", "Asset", "Liability", "Equity", "Total"),
}
FIRST_NUMBERS: Mapping[str, tuple[str, int]] = {  # of number sequences: none of them meets the simulated company's
    "CustomerAccount": ("UK-", 900_000_001),
    "SalesOrderNumber": ("SO-", 900_000_001),
    "InventoryLotId": ("LOT-", 9_000_000_001),
    "JournalBatchNumber": ("JB-", 900_000_001),
    "Voucher": ("GNJ-", 900_000_001),
}


@dataclass(frozen=True)
class Entity:
    """One entity set: `type` is the entity's own name, `title` the one that data management knows it by."""

    name: str
    type: str
    title: str
    key: tuple[str, ...]
    text: tuple[str, ...] = ()
    number: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    date: tuple[str, ...] = ()
    time: tuple[str, ...] = ()
    enums: Mapping[str, str] = field(default_factory=dict)
    fixed: frozenset[str] = frozenset()
    idle: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()  # what a new record cannot do without
    is_read_only: bool = False

    @cached_property
    def kinds(self) -> dict[str, str]:
        """The kind of every stored field."""
        plain = {name: kind for kind in ("text", "number", "whole", "date", "time") for name in getattr(self, kind)}
        return dict.fromkeys(self.key, "text") | plain | dict.fromkeys(self.enums, "enum")

    @property
    def is_shared(self) -> bool:
        """Whether its records belong to no company."""
        return "dataAreaId" not in self.key

    def default(self, name: str) -> str | int:
        """What a field holds that nobody has filled."""
        return ENUMS[self.enums[name]][0] if name in self.enums else DEFAULTS[self.kinds[name]]


def entity(name: str, type_: str, title: str, key: str, **fields: str | bool | Mapping[str, str]) -> Entity:
    """An entity from names separated by blanks."""
    words = {part: tuple(names.split()) for part, names in fields.items() if isinstance(names, str)}
    idle = {each: kind for kind in ("number", "whole", "date") for each in words.pop(f"idle_{kind}", ())}
    fixed = frozenset(words.pop("fixed", ()))
    other = {part: value for part, value in fields.items() if not isinstance(value, str)}
    return Entity(name, type_, title, tuple(key.split()), fixed=fixed, idle=idle, **words, **other)  # type: ignore[arg-type]
