"""The company's customers: fictional names, addresses in real cities, and their ids on every platform.

Names do not repeat within the first 630,000 customers (2.5 million deals).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from q2c_pipelines.sandbox import ids

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
_LEGAL = ("Inc", "LLC", "Corp", "Co")
_STREETS = ("Main St", "Market St", "Commerce Way", "Industrial Blvd", "Lakeshore Dr", "Foundry Rd", "Union Ave", "Station Rd")
_CITIES = (
    ("Austin", "TX", "78701"),
    ("Boston", "MA", "02108"),
    ("Chicago", "IL", "60601"),
    ("Denver", "CO", "80202"),
    ("Portland", "OR", "97205"),
    ("Seattle", "WA", "98101"),
    ("Atlanta", "GA", "30303"),
    ("Phoenix", "AZ", "85004"),
    ("Columbus", "OH", "43215"),
    ("Nashville", "TN", "37203"),
    ("Raleigh", "NC", "27601"),
    ("Minneapolis", "MN", "55401"),
    ("Pittsburgh", "PA", "15222"),
    ("San Diego", "CA", "92101"),
    ("Salt Lake City", "UT", "84101"),
    ("Kansas City", "MO", "64105"),
)


def companies(seed: int, numbers: ids.Numbers, rng: np.random.Generator) -> pl.DataFrame:
    """The customers of these numbers, without their times."""
    names = [_name(seed, number) for number in numbers.tolist()]
    street, city = rng.integers(0, len(_STREETS), len(names)), rng.integers(0, len(_CITIES), len(names))
    house, line = rng.integers(100, 9900, len(names)), rng.integers(0, 100, len(names))
    return pl.DataFrame(
        {
            "customer_no": numbers,
            "name": names,
            "email": [f"billing@{name.lower().replace(' ', '-')}.example" for name in names],
            "phone": [f"+1 {200 + number % 700} 555 01{digits:02d}" for number, digits in zip(house, line, strict=True)],
            "street": [f"{number} {_STREETS[road]}" for number, road in zip(house, street, strict=True)],
            "city": [_CITIES[index][0] for index in city],
            "state": [_CITIES[index][1] for index in city],
            "postal_code": [_CITIES[index][2] for index in city],
            "country": "US",
            "payment_terms": "Net 30",
            "currency": "USD",
            "salesforce_account_id": ids.salesforce("001", numbers),
            "salesforce_contact_id": ids.salesforce("003", numbers),
            "netsuite_customer_id": numbers + 1000,
            "zuora_account_id": ids.zuora("account", numbers),
            "zuora_account_number": ids.numbered("A", numbers),
            "zuora_contact_id": ids.zuora("contact", numbers),
            "stripe_customer_id": ids.stripe("cus", numbers),
        }
    )


def _name(seed: int, number: int) -> str:
    size = len(_FIRST) * len(_SECOND) * len(_BUSINESS) * len(_LEGAL)
    rest, legal = divmod((number * 1_000_003 + seed * 7919) % size, len(_LEGAL))
    rest, business = divmod(rest, len(_BUSINESS))
    first, second = divmod(rest, len(_SECOND))
    return f"{_FIRST[first]}{_SECOND[second]} {_BUSINESS[business]} {_LEGAL[legal]}"
