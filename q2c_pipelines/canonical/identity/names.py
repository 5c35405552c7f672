"""Company names, taken apart: what a company is called, in what legal form, and which unit of a group it is.

"Müller & Söhne Deutschland GmbH dba MS Tools" -> words müller söhne | form gmbh | units de | also called ms tools
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache

from anyascii import anyascii


def _words(text: str) -> list[str]:
    return text.split()


def _phrases(text: str) -> list[str]:
    return [" ".join(each.split()) for each in text.split("|") if each.strip()]


_TRADING = re.compile(
    r"\b(?:d\W?b\W?a|doing business as|t/a|trading as|a\W?k\W?a|f/?k/?a|formerly|also known as|handelnd als|firmierend als"
    r"|nom commercial|nombre comercial|operating as|o/a)\b[.:]?|\s[|–—]\s",
    re.IGNORECASE,
)
_JOINING = frozenset(
    _words("""
    and und et y e i og och the der die das la le les los el of de du des del di van von
""")
)
_WRITTEN_IN_FULL = {
    "limited": "ltd", "incorporated": "inc", "corporation": "corp", "company": "co", "companylimited": "coltd",
    "privatelimited": "pvtltd",
    "gesellschaftmitbeschrankterhaftung": "gmbh", "aktiengesellschaft": "ag", "aktiebolag": "ab", "osakeyhtio": "oy",
    "aktieselskab": "as", "anpartsselskab": "aps", "societeanonyme": "sa", "societearesponsabilitelimitee": "sarl",
    "sociedadanonima": "sa", "sociedadlimitada": "sl", "societaperazioni": "spa", "societaaresponsabilitalimitata": "srl",
    "beslotenvennootschap": "bv", "naamlozevennootschap": "nv", "publiclimitedcompany": "plc", "limitedliabilitycompany": "llc",
    "spolkazoo": "spzoo", "kabushikikaisha": "kk", "kabushikigaisha": "kk", "godokaisha": "gk",
}  # fmt: skip
_MORE_FORMS = _words("""
    kk yk gk spzoo mbh gmbhco gmbhcokg ev pvtltd ptyltd pteltd sdnbhd zao oao pao ao sasu sadecv sacv derlcv ug coltd bvba
""")
_LEADING = frozenset(
    _words("""
    ooo oao zao pao pt kk kabushikikaisha kabushikigaisha tov uab sia sarl sas sa spa srl gmbh ab oy bv
""")
)
_IN_BRACKETS = re.compile(r"[(\[]([^)\]]*)[)\]]")
_SCRIPTS = {"株式会社": " kk ", "(株)": " kk ", "有限公司": " co ltd ", "有限会社": " yk ", "&": " and ", "@": " at ", "+": " and "}
_LONGEST_FORM = 5  # words
_SHORT = {
    "intl": "international", "int": "international", "mfg": "manufacturing", "mfr": "manufacturing", "svc": "services",
    "svcs": "services", "service": "services", "grp": "group", "bros": "brothers", "assoc": "associates", "assocs": "associates",
    "natl": "national", "nat": "national", "eng": "engineering", "engr": "engineering", "sys": "systems", "system": "systems",
    "sol": "solutions", "solution": "solutions", "ind": "industries", "inds": "industries", "tech": "technologies",
    "technology": "technologies", "techs": "technologies", "lab": "laboratories", "labs": "laboratories",
    "pharma": "pharmaceuticals",
    "mgmt": "management", "mktg": "marketing", "dist": "distribution", "distr": "distribution", "equip": "equipment",
    "elec": "electronics", "comm": "communications", "comms": "communications", "cons": "consulting", "const": "construction",
    "constr": "construction", "dev": "development", "fin": "financial", "univ": "university", "st": "saint", "ctr": "center",
    "centre": "center", "transp": "transport", "log": "logistics", "ins": "insurance", "prod": "products", "prods": "products",
}  # fmt: skip
_DIVISIONS = frozenset(
    _phrases("""
    holding|holdings|leasing|financial|finance|capital|real estate|properties|insurance|foundation |
    ventures|retail|wholesale|academy|emea|apac|europe|european|asia|americas|nordic|nordics|dach
    | benelux|latam|iberia|global|worldwide
""")
)
_LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl", "sv", "da")
_SPOKEN = {"usa": "us", "uk": "gb", "america": "us", "britain": "gb", "england": "gb", "uae": "ae", "holland": "nl", "korea": "kr"}


@dataclass(frozen=True)
class Name:
    """A company's name: its words, its legal form, countries and divisions of a group that it names, every name that it goes by."""

    words: tuple[str, ...] = ()
    form: str | None = None
    places: tuple[str, ...] = ()
    divisions: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def compact(self) -> str:
        """The words as one, so that it does not matter where they are parted."""
        return "".join(self.words)

    @property
    def initials(self) -> str:
        """The words' first letters, of three words or more; else nothing."""
        return "".join(word[0] for word in self.words) if len(self.words) > 2 else ""


def parse(text: str | None) -> Name:
    """A name as its parts; of what is called several things the first is the name."""
    written = _IN_BRACKETS.sub(_unbracketed, _in_one_script(text or ""))
    said = [_one(part) for part in _TRADING.split(written) if part and re.search(r"\w", part)]
    if not said:
        return Name()
    form = next((each.form for each in said if each.form), None)
    return replace(
        said[0],
        form=form,
        places=_all(each.places for each in said),
        divisions=_all(each.divisions for each in said),
        names=_all([each.compact] for each in said if each.words),
    )


def _all(parts: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(sorted({each for part in parts for each in part}))


def plain(text: str | None) -> str:
    """Text in small Latin letters, digits and single blanks; an umlaut is as good as its two letters."""
    latin = anyascii(text or "").lower()
    return " ".join(re.sub(r"[^a-z0-9]+", " ", re.sub(r"['`´’]", "", latin)).split())


def _in_one_script(text: str) -> str:
    for written, meant in _SCRIPTS.items():
        text = text.replace(written, meant)
    return anyascii(re.sub(r"\b(\w)\.(?=\w\b)", r"\1", text))  # S.A.R.L. is one word


def _unbracketed(found: re.Match[str]) -> str:
    """A unit or a legal form in brackets belongs to the name; anything else is another name."""
    inner = plain(found[1])
    belongs = inner in _places() or inner in _DIVISIONS or inner.replace(" ", "") in _forms()
    return f" {inner} " if belongs else f" aka {inner} "


def _one(part: str) -> Name:
    words = [word for word in plain(part).split() if word not in _JOINING] or plain(part).split()
    words, form = _without_form(words)
    words = [_SHORT.get(word, word) for word in words]
    units = [(at, unit) for at, unit in _units(words) if at > 0]
    taken = {at + offset for at, unit in units for offset in range(unit.count(" ") + 1)}
    kept = tuple(_folded(word) for at, word in enumerate(words) if at not in taken)
    countries = {_places()[unit] for _, unit in units if unit in _places()}
    return Name(kept, form, tuple(sorted(countries)), tuple(sorted({unit for _, unit in units if unit in _DIVISIONS})))


def _without_form(words: list[str]) -> tuple[list[str], str | None]:
    """The words without the legal forms at their end, or at their beginning where a language puts them there."""
    found: list[str] = []
    while len(words) > 1 and (size := next((n for n in range(_LONGEST_FORM, 0, -1) if _is_form(words, n)), 0)):
        found[:0] = ["".join(words[-size:])] if "".join(words[-size:]) in _WRITTEN_IN_FULL else words[-size:]
        words = words[:-size]
    if size := next((n for n in (2, 1) if len(words) > n and "".join(words[:n]) in _LEADING), 0):
        found.insert(0, "".join(words[:size]))
        words = words[size:]
    return words, "".join(_WRITTEN_IN_FULL.get(each, each) for each in found) or None


def _is_form(words: list[str], size: int) -> bool:
    last = words[-size:]
    shortened = "".join(_WRITTEN_IN_FULL.get(word, word) for word in last)
    return size < len(words) and last[0] not in _places() and not {"".join(last), shortened}.isdisjoint(_forms())


def _units(words: list[str]) -> Iterator[tuple[int, str]]:
    """Where in a name a country, a region or a division is named."""
    for at, word in enumerate(words):
        two = " ".join(words[at : at + 2])
        if two in _places() or two in _DIVISIONS:
            yield at, two
        elif word in _places() or word in _DIVISIONS:
            yield at, word


def _folded(word: str) -> str:
    """Müller, Mueller and Muller are written alike."""
    return re.sub(r"([aou])e(?=[a-z])", r"\1", word)


@cache
def _forms() -> frozenset[str]:
    from cleanco.termdata import terms_by_country, terms_by_type

    terms = {term for kind in (terms_by_type, terms_by_country) for group in kind.values() for term in group}
    return frozenset(plain(term).replace(" and ", "").replace(" ", "") for term in terms) - {"", *_places()} | {
        *_MORE_FORMS,
        *_WRITTEN_IN_FULL,
    }


@cache
def _places() -> dict[str, str]:
    """Countries by what they are called in several languages."""
    from babel import Locale

    names = {
        plain(name): code.lower()
        for language in _LANGUAGES
        for code, name in Locale(language).territories.items()
        if len(code) == 2 and code.isalpha()
    }
    return {name: code for name, code in names.items() if len(name) > 3 and name.count(" ") < 2} | _SPOKEN


def country_of(text: str) -> str | None:
    """The code of a country by what it is called; none where that is not known."""
    code = _places().get(plain(text))
    return code.upper() if code else None
