"""Made companies as several platforms know them, each record written otherwise: what linkage is measured on.

seed -> companies (groups, neighbours, namesakes) -> records with the noise of the real world, and which company each is of
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np


def _words(text: str) -> list[str]:
    return text.split()


def _phrases(text: str) -> list[str]:
    return [" ".join(each.split()) for each in text.split("|") if each.strip()]


_PLATFORMS = ("salesforce", "netsuite", "zuora", "stripe", "avalara")
_FIRST = _words("""
    Amber Arden Ashby Balmoral Beacon Birch Blackwell Bramble Calder Canyon Cedar Cinder Clover Copper Coral Crescent
    Dalton Delta Drift Eagle Ember Falcon Fenwick Flint Garnet Glen Granite Harrow Haven Hazel Heron Hollis Indigo Iron
    Ivory Jasper Juniper Kestrel Lark Laurel Linden Lyric Maple Marlow Meridian Mesa Moss Nimbus North Oak Onyx Opal
    Orchard Osprey Pine Quarry Quill Raven Ridge River Rowan Saffron Sable Sierra Silver Slate Sparrow Sterling Summit
    Talon Teal Thorn Timber Tundra Umber Vale Vesper Willow Wren Zephyr
""")
_SECOND = _words("""
    bay bend bridge brook cliff crest dale field ford forge gate glade grove hall haven hill hurst lake land leigh mark
    mere mill moor point port reach ridge rock stone vale view ward water well wick wood worth
""")
_TRADES = _phrases("""
    Analytics|Manufacturing|Foods|Security|Logistics|Engineering|Software|Textiles|Optics |
    Pharmaceuticals|Robotics|Construction|Energy|Packaging|Media|Instruments|Consulting|Electronics |
    Chemicals|Automotive|International|Systems|Technologies|Laboratories|Brewing|Printing|Aviation |
    Furniture|Plastics|Solutions|Industries|Marketing|Equipment|Industrial Supply|Medical Devices|Water
    Treatment|Data Services|Power Tools|Freight Services|Office Products
""")
_NAMED = {
    "DE": ["Müller", "Schröder", "Böhm", "Größler", "Jäger", "Köhler", "Weiß", "Krüger", "Schäfer", "Lößnitz"],
    "FR": ["Lefèvre", "Béranger", "Château", "Désiré", "Hélène", "François", "Garçon", "Noël", "Rhône", "Forêt"],
    "ES": ["Núñez", "Peña", "Castaño", "Ibáñez", "Giménez", "Muñoz", "Álvarez", "Cañada", "Logroño", "Montaña"],
    "SE": ["Åkerström", "Sjöberg", "Lindqvist", "Björk", "Hägglund", "Östberg", "Nyström", "Lövgren"],
    "PL": ["Wójcik", "Kowalczyk", "Żółkiewski", "Dąbrowa", "Łódzki", "Śliwa", "Gdański", "Świt"],
    "RU": ["Северный Ветер", "Ромашка", "Уральский Завод", "Звезда", "Восток", "Белая Река", "Горизонт", "Новый Мир"],
    "GR": ["Αθηναϊκή", "Ολυμπία", "Θάλασσα", "Ελληνική", "Δελφοί"],
}
_FORMS: dict[str, list[tuple[str, ...]]] = {  # each with the ways to write it
    "US": [("Inc", "Inc.", "Incorporated", ", Inc."), ("LLC", "L.L.C.", ", LLC"),
           ("Corp", "Corporation", "Corp."), ("Co", "Company", "Co.")],
    "GB": [("Ltd", "Limited", "Ltd."), ("PLC", "plc", "P.L.C."), ("LLP", "L.L.P.")],
    "DE": [("GmbH", "G.m.b.H.", "Gesellschaft mit beschränkter Haftung", "gmbh"), ("AG", "Aktiengesellschaft"),
           ("GmbH & Co. KG", "GmbH & Co KG")],
    "FR": [("SARL", "S.A.R.L.", "S.à r.l."), ("SA", "S.A.", "Société Anonyme"), ("SAS", "S.A.S.")],
    "ES": [("SL", "S.L.", "Sociedad Limitada"), ("SA", "S.A.")],
    "IT": [("SpA", "S.p.A.", "SPA"), ("Srl", "S.r.l.")],
    "NL": [("BV", "B.V.", "Besloten Vennootschap"), ("NV", "N.V.")],
    "SE": [("AB", "Aktiebolag")],
    "PL": [("Sp. z o.o.", "Sp. z.o.o.", "sp z o o"), ("S.A.", "SA")],
    "JP": [("KK", "K.K.", "Kabushiki Kaisha"), ("Co., Ltd.", "Company Limited")],
    "AU": [("Pty Ltd", "Pty. Ltd.", "PTY LTD", "Pty Limited")],
    "RU": [("ООО", "OOO")],
    "GR": [("Α.Ε.", "A.E.")],
}  # fmt: skip

_COUNTRY = {
    "US": "USA", "GB": "UK", "DE": "Germany", "FR": "France", "ES": "Spain", "IT": "Italy", "NL": "Netherlands",
    "SE": "Sweden", "PL": "Poland", "JP": "Japan", "AU": "Australia",
}  # fmt: skip
_DIALLED = {
    "US": "1", "GB": "44", "DE": "49", "FR": "33", "ES": "34", "IT": "39", "NL": "31", "SE": "46", "PL": "48", "JP": "81",
    "AU": "61", "RU": "7", "GR": "30",
}  # fmt: skip
_STREETS = {
    "DE": ("Hauptstraße", "Lindenallee", "Bahnhofstraße", "Am Markt"),
    "FR": ("Rue de la Paix", "Avenue Foch", "Rue Pasteur"),
}
_ELSEWHERE = (
    "Main Street", "Union Avenue", "High Street", "Lakeshore Drive", "Market Street", "King Road", "Industrial Boulevard",
    "Mill Lane",
)  # fmt: skip
_TOWNS = _words("""
    Ashford Brookfield Carlton Dunmore Easton Fairview Granton Hillsboro Kingsley Lakewood Milton Newbury Oakdale Preston
    Salem
""")
_MAIL = ("gmail.com", "outlook.com", "yahoo.com", "gmx.de", "orange.fr", "web.de")
_ABBREVIATED = {
    "International": "Intl", "Manufacturing": "Mfg", "Engineering": "Eng.", "Services": "Svcs", "Technologies": "Tech",
    "Systems": "Sys", "Laboratories": "Labs", "Solutions": "Sol.", "Industries": "Ind.", "Construction": "Constr.",
    "Equipment": "Equip.",
}  # fmt: skip
_DIVISIONS = ("Holdings", "Leasing", "Capital", "Real Estate", "Financial")


@dataclass(frozen=True)
class Company:
    """What is true of one company."""

    number: int
    words: str
    country: str
    form: int
    unit: str
    trade_name: str
    street: tuple[str, int]
    town: str
    postal_code: str
    phone: str
    domain: str
    tax_number: str


def made(count: int, seed: int = 7) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """About `count` companies as records of several platforms, and by account (platform:native_id) which company each is."""
    rng = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = []
    truth: dict[str, int] = {}
    for company in _companies(count, rng):
        for copy in range(1 + int(rng.integers(0, 4))):
            row = _record(company, len(rows), exact=copy == 0, rng=rng)
            rows.append(row)
            truth[f"{row['platform']}:{row['native_id']}"] = company.number
    return rows, truth


def _companies(count: int, rng: np.random.Generator) -> list[Company]:
    """Single ones, groups with subsidiaries and divisions, tenants of one house, namesakes in other towns."""
    companies: list[Company] = []
    shared = [_house(rng) for _ in range(max(1, count // 60))]
    while len(companies) < count:
        one = _single(len(companies), rng)
        kind = rng.random()
        companies.append(one)
        if kind < 0.12:
            for country in rng.choice(
                [each for each in _COUNTRY if each != one.country], size=int(rng.integers(1, 4)), replace=False
            ):
                companies.append(_subsidiary(one, len(companies), str(country), rng))
            if one.country in _COUNTRY:
                companies[one.number] = replace(one, unit=_COUNTRY[one.country])
        elif kind < 0.17:
            companies.append(replace(one, number=len(companies), unit=str(rng.choice(_DIVISIONS)), tax_number=_tax(rng)))
        elif kind < 0.30:
            street, town, postal_code, phone = shared[int(rng.integers(len(shared)))]
            companies[-1] = replace(one, street=street, town=town, postal_code=postal_code, phone=phone)
        elif kind < 0.34:
            namesake = _single(len(companies), rng)
            companies.append(replace(namesake, words=one.words, country=one.country, form=one.form))
    return companies


def _single(number: int, rng: np.random.Generator) -> Company:
    country = str(rng.choice(list(_FORMS), p=_shares()))
    words = f"{rng.choice(_FIRST)}{rng.choice(_SECOND)} {rng.choice(_TRADES)}"
    if country in _NAMED and rng.random() < 0.7:
        trade = "" if country in ("RU", "GR") else f" {rng.choice(_TRADES)}"
        words = f"{rng.choice(_NAMED[country])} {rng.choice(_NAMED[country])}{trade}"
    street, town, postal_code, phone = _house(rng, country)
    domain = f"{rng.choice(_MAIL)}" if rng.random() < 0.2 else f"{rng.choice(_FIRST)}{number}.example".lower()
    trade_name = f"{rng.choice(_FIRST)} {rng.choice(_FIRST)} {rng.choice(_TRADES)}" if rng.random() < 0.08 else ""
    form = int(rng.integers(len(_FORMS[country])))
    return Company(number, words, country, form, "", trade_name, street, town, postal_code, phone, domain, _tax(rng))


def _shares() -> list[float]:
    heavy = {"US": 6, "GB": 3, "DE": 3, "FR": 2, "ES": 2}
    whole = [heavy.get(country, 1) for country in _FORMS]
    return [each / sum(whole) for each in whole]


def _subsidiary(one: Company, number: int, country: str, rng: np.random.Generator) -> Company:
    street, town, postal_code, phone = _house(rng, country)
    return replace(
        one, number=number, country=country, form=int(rng.integers(len(_FORMS[country]))), unit=_COUNTRY[country], street=street,
        town=town, postal_code=postal_code, phone=phone, tax_number=_tax(rng), trade_name="",
    )  # fmt: skip


def _house(rng: np.random.Generator, country: str = "US") -> tuple[tuple[str, int], str, str, str]:
    street = (str(rng.choice(_STREETS.get(country, _ELSEWHERE))), int(rng.integers(1, 9000)))
    return street, str(rng.choice(_TOWNS)), f"{rng.integers(10000, 99999)}", f"{rng.integers(200_000_000, 999_999_999)}"


def _tax(rng: np.random.Generator) -> str:
    return f"{rng.integers(100_000_000, 999_999_999)}"


def _record(company: Company, number: int, *, exact: bool, rng: np.random.Generator) -> dict[str, Any]:
    """The company as one platform has it; the first record is as the company writes itself."""
    known: Callable[[float], bool] = lambda share: exact or bool(rng.random() < share)  # noqa: E731
    street, house = company.street if exact or rng.random() < 0.95 else _house(rng)[0]  # some have moved
    person = rng.choice(["billing", "info", "ap", "accounts", f"contact{company.number}"])
    return {
        "platform": str(rng.choice(_PLATFORMS)),
        "native_id": str(number),
        "name": _written(company, exact, rng),
        "email": f"{person}{company.number if company.domain in _MAIL else ''}@{company.domain}" if known(0.75) else None,
        "phone": _dialled(company, rng) if known(0.75) else None,
        "street": (f"{house} {street}" if exact or rng.random() < 0.5 else _street(street, house, rng)) if known(0.8) else None,
        "city": company.town if known(0.9) else None,
        "postal_code": company.postal_code if known(0.85) else None,
        "country": company.country if known(0.9) else None,
        "tax_number": (f"{company.country}{company.tax_number}" if rng.random() < 0.5 else company.tax_number)
        if known(0.4)
        else None,
    }


def _written(company: Company, exact: bool, rng: np.random.Generator) -> str:
    forms = _FORMS[company.country][company.form]
    words, form = company.words, forms[0]
    if not exact:
        words, form = _noisy(words, rng), str(rng.choice([*forms, *forms[:1], ""]))
    named = f"{words} {company.unit}".strip()
    whole = f"{form} {named}".strip() if company.country == "RU" else f"{named}{'' if form.startswith(',') else ' '}{form}".strip()
    if company.trade_name and not exact:
        return str(rng.choice([f"{whole} dba {company.trade_name}", f"{company.trade_name} (formerly {whole})", whole]))
    if company.trade_name:
        return f"{whole} d/b/a {company.trade_name}"
    return whole.upper() if not exact and rng.random() < 0.1 else whole


def _noisy(words: str, rng: np.random.Generator) -> str:
    from anyascii import anyascii

    if rng.random() < 0.6 and not words.isascii():
        words = words.replace("ö", "oe").replace("ü", "ue").replace("ä", "ae") if rng.random() < 0.4 else anyascii(words)
    if rng.random() < 0.35:
        words = " ".join(_ABBREVIATED.get(word, word) for word in words.split())
    if rng.random() < 0.06:
        first, _, rest = words.partition(" ")
        words = f"{rest}, {first}" if rest else first
    for _ in range(int(rng.choice([0, 1, 2], p=[0.7, 0.24, 0.06]))):
        words = _mistyped(words, rng)
    return words


def _mistyped(words: str, rng: np.random.Generator) -> str:
    at = int(rng.integers(1, max(2, len(words) - 1)))
    letter = "abcdefghijklmnopqrstuvwxyz"[int(rng.integers(26))]
    kinds = [words[:at] + words[at + 1 :], words[:at] + letter + words[at:], words[:at] + letter + words[at + 1 :]]
    if at + 1 < len(words):
        kinds.append(words[:at] + words[at + 1] + words[at] + words[at + 2 :])
    return kinds[int(rng.integers(len(kinds)))]


def _dialled(company: Company, rng: np.random.Generator) -> str:
    number, code = company.phone, _DIALLED[company.country]
    if rng.random() < 0.04:
        number = f"{rng.integers(200_000_000, 999_999_999)}"
    dashed = f"+{code}-{number[:3]}-{number[3:6]}-{number[6:]}"
    return str(rng.choice([f"+{code} {number}", dashed, f"00{code}{number}", f"{number[:3]} {number[3:]}"]))


def _street(street: str, house: int, rng: np.random.Generator) -> str:
    short = (
        street.replace("straße", "str.")
        .replace("Street", "St")
        .replace("Avenue", "Ave")
        .replace("Drive", "Dr")
        .replace("Road", "Rd")
    )
    return str(rng.choice([f"{house} {short}", f"{short} {house}", f"{house}, {street.upper()}"]))
