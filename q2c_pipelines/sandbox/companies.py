"""The company's customers: fictional names, addresses in real cities, and their ids on every platform.

Names do not repeat within the first 630,000 customers of a chain (2.5 million deals).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from q2c_pipelines.platforms.numbering import Numbers, numbered
from q2c_pipelines.platforms.salesforce import ids as salesforce
from q2c_pipelines.platforms.stripe import ids as stripe
from q2c_pipelines.platforms.zuora import ids as zuora
from q2c_pipelines.sandbox.chains import Chain
from q2c_pipelines.sandbox.places import COUNTRIES, Country

_WORDS = (
    (
        "Amber Alder Anchor Arbor Aspen Atlas Auburn Beacon Birch Blue Bramble Bright Canyon Cardinal Cedar Cinder Clover Cobalt "
        "Copper Coral Crescent Delta Dune Eagle Ember Evergreen Falcon Fern Flint Forge Granite Harbor Hazel Heron Hollow Indigo "
        "Iron Ivory Juniper Keystone Lark Laurel Linden Maple Meadow Mesa Mist North Oak Onyx Orchard Pine Prairie Quartz Raven "
        "Redwood Ridge River Saffron Sage Silver Slate Summit Willow"
    ),
    (
        "bay bend bridge brook cliff coast creek crest dale fall field ford gate glen grove haven hill hollow lake land line mark "
        "mill moor park peak point port reach ridge rock run shore side spring stone stream vale view wood"
    ),
    (
        "Logistics Foods Systems Health Robotics Energy Materials Media Textiles Freight Biotech Software Optics Paper Plastics "
        "Marine Mobility Motors Networks Outfitters Packaging Pharma Power Press Produce Retail Security Semiconductors Tools "
        "Travel Water Wireless Analytics Apparel Automation Beverages Ceramics Chemicals Construction Dairy Devices Diagnostics "
        "Education Electronics Engineering Equipment Fabrication Farms Fixtures Furniture Glass Hardware Hospitality Imaging "
        "Instruments Labs Lighting Machinery Metals Nutrition Printing Sensors"
    ),
)
_FIRST, _SECOND, _BUSINESS = (words.split() for words in _WORDS)


def companies(seed: int, chain: Chain, numbers: Numbers, rng: np.random.Generator) -> pl.DataFrame:
    """The customers of these numbers, without their times."""
    names = [_name(seed, number, COUNTRIES[chain.country]) for number in numbers.tolist()]
    return pl.DataFrame(
        {
            "customer_no": numbers,
            "name": names,
            "email": [f"billing@{_domain(name)}.example" for name in names],
            **addressed(chain.country, numbers, rng),
            "payment_terms": "Net 30",
            "currency": chain.currency,
            "legal_entity": chain.name,
            "crm_id": chain.ids("crm", "customer_id", numbers),
            "salesforce_account_id": salesforce.record_id("001", numbers),
            "salesforce_contact_id": salesforce.record_id("003", numbers),
            "netsuite_customer_id": numbers + 1000,
            "zuora_account_id": zuora.record_id("account", numbers),
            "zuora_account_number": numbered("A", numbers),
            "zuora_contact_id": zuora.record_id("contact", numbers),
            "stripe_customer_id": stripe.record_id("cus", numbers),
        }
    )


def addressed(country: str, numbers: Numbers, rng: np.random.Generator) -> dict[str, pl.Series]:
    """Where the customers of these numbers are in that country, and what it knows them by."""
    there, count = COUNTRIES[country], len(numbers)
    street, city = rng.integers(0, len(there.streets), count), rng.integers(0, len(there.cities), count)
    house, line = rng.integers(100, 9900, count), rng.integers(0, 100, count)
    phones = [there.phone.format(area=200 + area % 700, digits=digits) for area, digits in zip(house, line, strict=True)]
    roads = [there.street.format(house=number, street=there.streets[road]) for number, road in zip(house, street, strict=True)]
    cities, states, codes = zip(*(there.cities[index] for index in city), strict=True)
    told = {
        "phone": phones,
        "street": roads,
        "city": cities,
        "state": states,
        "postal_code": codes,
        "country": [country] * count,
        "tax_number": [_tax_number(there, number) for number in numbers.tolist()],
    }
    return {name: pl.Series(values, dtype=pl.String) for name, values in told.items()}


def _name(seed: int, number: int, there: Country) -> str:
    size = len(_FIRST) * len(_SECOND) * len(_BUSINESS) * len(there.legal_forms)
    rest, legal = divmod((number * 1_000_003 + seed * 7919) % size, len(there.legal_forms))
    rest, business = divmod(rest, len(_BUSINESS))
    first, second = divmod(rest, len(_SECOND))
    return f"{_FIRST[first]}{_SECOND[second]} {_BUSINESS[business]} {there.legal_forms[legal]}"


def _domain(name: str) -> str:
    return name.lower().replace("& ", "").replace(" ", "-")


def _tax_number(there: Country, number: int) -> str | None:
    return there.tax_number.format(number=number) if there.tax_number else None
