"""What else an account says of itself, written in one way: phone, e-mail, address, tax number.

What many share by nature says nothing of who they are: a mail provider's domain is none.
"""

from __future__ import annotations

import re

import phonenumbers

from q2c_pipelines.canonical.identity.names import plain


def _words(text: str) -> list[str]:
    return text.split()


_MAIL_PROVIDERS = frozenset(
    _words("""
    gmail googlemail yahoo ymail hotmail outlook live msn aol icloud me mac gmx web t-online freenet mail proton
    protonmail pm zoho yandex orange wanadoo free laposte libero virgilio btinternet sky comcast verizon att bellsouth
    rogers shaw sympatico qq 163 126 naver daum rediffmail fastmail tutanota hey mailbox posteo bigpond optusnet terra uol
    bol telia bluewin ziggo kpnmail xs4all
""")
)
_SHORT = {
    "st": "street", "str": "strasse", "ave": "avenue", "av": "avenue", "blvd": "boulevard", "bd": "boulevard", "rd": "road",
    "dr": "drive", "ln": "lane", "hwy": "highway", "sq": "square", "pl": "place", "ste": "suite", "fl": "floor", "n": "north",
    "s": "south", "e": "east", "w": "west", "pkwy": "parkway", "ct": "court",
}  # fmt: skip
_TAX_MARKS = re.compile(r"^(?:VAT|UST|USTID|TVA|IVA|NIF|CIF|EIN|TIN|ABN|GST|BN|VATID|TAXID)+")
_SHORTEST_TAX_NUMBER = 6


def phone(text: str | None, country: str | None) -> str | None:
    """The number as E.164 where it can be one, else its last nine digits; none for fewer than seven."""
    digits = re.sub(r"\D", "", re.split(r"(?i)\s*(?:ext|x|dw)\.?\s*\d+$", text or "")[0])
    if len(digits) < 7:
        return None
    try:
        number = phonenumbers.parse(text or "", country)
        national = str(number.national_number)
        return national[-9:] if len(national) >= 7 else digits[-9:]
    except phonenumbers.NumberParseException:
        return digits[-9:]


def email(text: str | None) -> str | None:
    """The address in small letters; none where it is no address."""
    address = (text or "").strip().lower()
    return address if re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", address) else None


def email_domain(text: str | None) -> str | None:
    """The domain of a company's own; none of a mail provider's."""
    domain = (email(text) or "").partition("@")[2].removeprefix("www.").removeprefix("mail.")
    return domain if domain and domain.split(".")[0] not in _MAIL_PROVIDERS else None


def street(text: str | None) -> str | None:
    """The street in whole words, its number first wherever it was written."""
    written = re.sub(r"(?<=[a-z])str\b", "strasse", plain(text))
    words = [_SHORT.get(word, word) for word in written.split()]
    numbers, names = [w for w in words if w[0].isdigit()], [w for w in words if not w[0].isdigit()]
    return " ".join(numbers[:1] + names) or None


def postal_code(text: str | None) -> str | None:
    """Letters and digits alone; of an American ZIP+4 the five."""
    code = re.sub(r"[^A-Z0-9]", "", (text or "").upper())
    return (code[:5] if re.fullmatch(r"\d{9}", code) else code) or None


def tax_number(text: str | None, country: str | None) -> str | None:
    """Letters and digits alone, without the word that says what it is or the country before it."""
    number = _TAX_MARKS.sub("", re.sub(r"[^A-Z0-9]", "", (text or "").upper()))
    number = number.removeprefix((country or "").upper())
    return number if len(number) >= _SHORTEST_TAX_NUMBER and re.search(r"\d", number) else None
