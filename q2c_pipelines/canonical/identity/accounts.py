"""An account as it is compared: what a platform's record says of a customer, each attribute written in one way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping
from typing import Any

import pyarrow as pa

from q2c_pipelines.canonical.identity import attributes, names

FREQUENT = ("compact", "email_domain", "phone", "street", "postal_code")  # what many share tells less
_POPULATION = 3000  # accounts that the shipped weights were learnt from: of fewer, what two share is not yet frequent
SCHEMA = pa.schema(
    [
        ("account", pa.string()),  # platform:native_id
        ("name", pa.string()),  # as it is written, for who reads the evidence
        ("compact", pa.string()),
        ("sorted_words", pa.string()),
        ("words", pa.list_(pa.string())),
        ("names", pa.list_(pa.string())),
        ("initials", pa.string()),
        ("form", pa.string()),
        ("places", pa.list_(pa.string())),
        ("divisions", pa.list_(pa.string())),
        ("tax_number", pa.string()),
        ("email", pa.string()),
        ("email_domain", pa.string()),
        ("phone", pa.string()),
        ("street", pa.string()),
        ("postal_code", pa.string()),
        ("city", pa.string()),
        ("country", pa.string()),
        ("legal_entity", pa.string()),
        ("due", pa.bool_()),  # two that are not were compared before
        *((f"tf_{column}", pa.float64()) for column in FREQUENT),
    ]
)


def table(rows: Iterable[Mapping[str, Any]], due: Container[str] | None = None) -> pa.Table:
    """Customers of the canonical model as records for linkage, all to be compared, or those of these names with all; a column
    that a row lacks is unknown.
    """
    records = [_record(row) for row in rows]
    for record in records:
        record["due"] = due is None or record["account"] in due
    for column in FREQUENT:
        counts = Counter(record[column] for record in records)
        for record in records:
            record[f"tf_{column}"] = counts[record[column]] / max(len(records), _POPULATION) if record[column] else None
    return pa.Table.from_pylist(records, SCHEMA)


def _record(row: Mapping[str, Any]) -> dict[str, Any]:
    name, country = names.parse(row.get("name")), _country(row.get("country"))
    return {
        "account": f"{row['platform']}:{row['native_id']}",
        "name": row.get("name"),
        "compact": name.compact or None,
        "sorted_words": " ".join(sorted(name.words)) or None,
        "words": sorted(set(name.words)),
        "names": list(name.names),
        "initials": name.initials or None,
        "form": name.form,
        "places": list(name.places),
        "divisions": list(name.divisions),
        "tax_number": attributes.tax_number(row.get("tax_number"), country),
        "email": attributes.email(row.get("email")),
        "email_domain": attributes.email_domain(row.get("email")),
        "phone": attributes.phone(row.get("phone"), country),
        "street": attributes.street(row.get("street")),
        "postal_code": attributes.postal_code(row.get("postal_code")),
        "city": names.plain(row.get("city")) or None,
        "country": country,
        "legal_entity": row.get("legal_entity"),
    }


def _country(text: str | None) -> str | None:
    """The code of two letters; a country's name becomes its code where it is known."""
    said = (text or "").strip()
    return said.upper() if len(said) == 2 else names.country_of(said)
