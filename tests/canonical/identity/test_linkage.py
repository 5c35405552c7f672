"""Companies as the real world writes them are found, what must be kept apart is, and why can be read."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks import identity
from q2c_pipelines.canonical.identity import accounts, customers, evidence, linkage

_ACME = {
    "platform": "crm",
    "native_id": "1",
    "name": "Acme Instruments Germany GmbH",
    "email": "ap@acme.example",
    "phone": "+49 30 2312504",
    "street": "Hauptstraße 12",
    "city": "Berlin",
    "postal_code": "10115",
    "country": "DE",
    "tax_number": "DE811234567",
}


@pytest.fixture(scope="module")
def weights() -> dict[str, Any]:
    return customers.shipped()


def _scored(weights: dict[str, Any], *rows: dict[str, Any]) -> list[dict[str, Any]]:
    return linkage.score(customers.CUSTOMERS, weights, [accounts.table(rows)], -100)


def _other(**changed: object) -> dict[str, Any]:
    return _ACME | {"platform": "erp", "native_id": "9"} | changed


def test_made_companies_are_found_as_well_as_ever() -> None:
    found = identity.companies(300, 202)
    assert found.f1 > 0.98
    assert found.precision > 0.985


@pytest.mark.parametrize(
    "other",
    [
        _other(),
        _other(name="ACME INSTRUMENTS (GERMANY) Gesellschaft mit beschränkter Haftung", phone="030/2312504"),
        _other(name="Acme Instrumetns Deutschland", email=None, tax_number=None),
        _other(name="Acme Instruments Germany", street="Am Markt 3", postal_code="20095", city="Hamburg"),
    ],
    ids=["the same", "written in full", "mistyped", "moved"],
)
def test_the_same_company_is_linked_also_in_a_population_of_two(weights: dict[str, Any], other: dict[str, Any]) -> None:
    (pair,) = _scored(weights, _ACME, other)
    assert pair["match_weight"] > customers.THRESHOLD


@pytest.mark.parametrize(
    "other",
    [
        _other(name="Acme Instruments France SARL", country="FR", tax_number=None),
        _other(name="Acme Instruments Germany Leasing GmbH", tax_number=None),
        _other(name="Lindenhof Bakery GmbH", email="lindenhof@gmail.com", tax_number="DE900000001"),
        _other(name="Lindenhof Bakery GmbH", email=None, tax_number=None),
    ],
    ids=["sister in another country", "division", "neighbour", "neighbour with nothing else said"],
)
def test_who_shares_house_telephone_or_domain_is_not_the_same(weights: dict[str, Any], other: dict[str, Any]) -> None:
    assert all(pair["match_weight"] < 0 for pair in _scored(weights, _ACME, other))


def test_companies_of_two_sellers_are_never_compared(weights: dict[str, Any]) -> None:
    assert _scored(weights, _ACME | {"legal_entity": "US"}, _other(legal_entity="CA")) == []


def test_only_what_is_due_is_compared_and_with_the_same_result(weights: dict[str, Any]) -> None:
    rows = [_ACME, _other(), _other(native_id="10", name="Acme Instruments")]
    due = linkage.score(customers.CUSTOMERS, weights, [accounts.table(rows, {"erp:10"})], -100)
    assert {frozenset((each["account_l"], each["account_r"])) for each in due} == {
        frozenset(("crm:1", "erp:10")),
        frozenset(("erp:10", "erp:9")),
    }
    whole = {(each["account_l"], each["account_r"]): each["match_weight"] for each in _scored(weights, *rows)}
    assert all(whole[(each["account_l"], each["account_r"])] == pytest.approx(each["match_weight"]) for each in due)


def test_the_evidence_adds_up_to_the_weight_and_can_be_read(weights: dict[str, Any]) -> None:
    (pair,) = _scored(weights, _ACME, _other(name="Acme Instrumetns Germany"))
    steps = evidence.loaded(evidence.dumped(evidence.steps(pair, customers.settings(), weights)))
    rows = evidence.waterfall(steps)
    assert rows[-1]["total"] == pytest.approx(pair["match_weight"], abs=0.05)
    assert rows[-1]["probability"] == pytest.approx(min(pair["match_probability"], customers.SUREST), abs=1e-4)
    assert evidence.said(steps) == f"match weight {rows[-1]['total']:.2f}, probability {rows[-1]['probability']:.4f}"
    assert [(row["compared"], row["value"], row["other"], row["level"]) for row in rows if row["compared"] == "name"] == [
        ("name", "Acme Instruments Germany GmbH", "Acme Instrumetns Germany", "a typing error apart")
    ]
    drawn = evidence.picture({"one & other": steps, "one & third": steps})
    assert drawn.startswith("<svg")
    assert "one &amp; other" in drawn
    assert drawn.count("<rect") == 2 * len(steps) + 1
    assert drawn.count(evidence.said(steps)) == 2


def test_weights_are_known_by_what_they_are(weights: dict[str, Any]) -> None:
    assert linkage.digest(weights) == linkage.digest(dict(reversed(weights.items())))
    assert linkage.digest(weights) != linkage.digest(weights | {"prior": 0.5})
