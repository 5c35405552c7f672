"""Which platforms a company has is configuration: all of it builds, rules that lack theirs say so, what is broken is found.

Each combination is broken once before its only cycle, so that one build proves both: that it is found, and nothing else.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from q2c_pipelines import cycle, warehouse
from q2c_pipelines.cli import certainty
from q2c_pipelines.config import Settings
from q2c_pipelines.mismatches import rules
from q2c_pipelines.platforms import spec
from q2c_pipelines.sandbox import plants
from q2c_pipelines.sandbox.company import Company
from tests.e2e import companies

PHONE = "555 0100"
Found = tuple[str, str, str]  # rule, company, platform


@dataclass(frozen=True)
class Combination:
    """Roles by company, company codes by platform, what is broken: a rule's counterexample, a customer's phone on a platform."""

    systems: dict[str, str]
    codes: dict[str, str]
    planted: str = ""
    phone: tuple[str, str, str] | None = None  # platform, table, column
    finds: tuple[Found, ...] = ()
    deals: int = 200

    def players(self, company: str) -> dict[str, str]:
        """Who plays each role for the company, that somebody plays."""
        return dict(each.split("=") for each in self.systems[company].split())


COMBINATIONS = {
    "hubspot + stripe + netsuite": Combination(
        systems={"US": "crm=hubspot billing=stripe payments=stripe erp=netsuite"},
        codes={"hubspot": "*=US", "stripe": "*=US", "netsuite": "US=US"},
        planted="order_amount_differs",
        finds=(("order_amount_differs", "US", "netsuite"),),
    ),
    "two ERPs side by side": Combination(
        systems={
            "US": "crm=salesforce erp=netsuite billing=zuora payments=zuora",
            "DE": "crm=salesforce erp=sap_s4hana billing=zuora payments=zuora",
        },
        codes={"salesforce": "US=US DE=DE", "netsuite": "US=US", "zuora": "US=US DE=DE", "sap_s4hana": "1010=DE"},
        planted="order_line_differs",
        finds=(("order_line_differs", "US", "netsuite"),) * 4,  # which can be broken there in four ways
    ),
    "dynamics alone": Combination(
        systems={"UK": "crm=dynamics365_sales erp=dynamics365_finance"},
        codes={"dynamics365_sales": "*=UK", "dynamics365_finance": "ukmf=UK"},
        phone=("dynamics365_finance", "CustomersV3", "PrimaryContactPhone"),
        finds=(("customer_attribute_differs", "UK", "dynamics365_finance"),),
        deals=100,
    ),
    "hubspot + oracle_fusion + stripe_ca": Combination(
        systems={"CA": "crm=hubspot erp=oracle_fusion billing=stripe_ca payments=stripe_ca tax=stripe_ca"},
        codes={"hubspot": "*=CA", "stripe_ca": "*=CA", "oracle_fusion": "CA_BU=CA"},
        phone=("stripe_ca", "customer", "phone"),
        finds=(("customer_attribute_differs", "CA", "stripe_ca"),),
        deals=100,
    ),
    "an acquired company, without billing": Combination(
        systems={
            "US": "crm=salesforce erp=netsuite billing=zuora payments=stripe",
            "EM": "crm=salesforce_emea erp=netsuite_emea",
        },
        codes={
            "salesforce": "US=US",
            "netsuite": "US=US",
            "zuora": "US=US",
            "stripe": "*=US",
            "salesforce_emea": "EM=EM",
            "netsuite_emea": "US=EM",
        },
        planted="order_amount_differs",
        phone=("netsuite_emea", "customer", "phone"),
        finds=(("customer_attribute_differs", "EM", "netsuite_emea"), ("order_amount_differs", "US", "netsuite")),
    ),
}


@pytest.mark.parametrize("wanted", COMBINATIONS.values(), ids=COMBINATIONS)
def test_a_combination(wanted: Combination, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = companies.installation(tmp_path / "home", wanted.systems, wanted.codes)
    company = companies.simulated(settings, wanted.deals)
    broken(company, wanted)
    with companies.served(settings, company):
        done = cycle.run(settings, delivering=False)
    assert [each.error for each in done.unread] == []
    assert done.reconciled is not None
    assert [str(verdict) for verdict in done.reconciled.verdicts if not verdict.passed] == []
    assert found(settings) == Counter(wanted.finds)

    told = published(settings, "select rule, legal_entity, status from rule_status", inside=True)
    applying = {(each["rule"], each["legal_entity"]) for each in told if each["status"] == "determinate"}
    assert applying == {(rule, company) for company in wanted.systems for rule in applicable(wanted.players(company))}
    assert {each["status"] for each in told} <= {"determinate", "not_applicable"}

    anywhere = {rule for rule, _ in applying}
    assert {each["rule"] for each in published(settings, "select * from mart_rule_status where status = 'determinate'")} == anywhere
    monkeypatch.setenv("Q2C_HOME", str(settings.home))
    silent = len(rules.codes()) - len(anywhere)
    caveats = [line.split(":")[0] for line in certainty.caveats(certainty.statuses())]
    assert caveats[:1] == ([f"{silent} of {len(rules.codes())} rules do not apply"] if silent else [])


def broken(company: Company, wanted: Combination) -> None:
    """Break the company as the combination says."""
    if wanted.planted:
        plants.planted(company, rules.RULES, [wanted.planted])
    if wanted.phone:
        platform, table, column = wanted.phone
        state = company.holder(platform, table)
        key = state.select(f'select "{state.key(table)}" as key from "{table}" order by 1 limit 1')[0]["key"]
        state.update(table, key, {column: PHONE}, company.now, by="sandbox")


def applicable(players: dict[str, str]) -> set[str]:
    """The rules that can compare what they need where these platforms play these roles."""
    able = set()
    for rule in rules.load_all().values():
        roles = {role for role, platform in players.items() if gives(platform, rule.needs_entities.get(role, []))}
        if roles >= {*rule.needs_roles} and (not rule.needs_one_of or roles & {*rule.needs_one_of}):
            able.add(rule.code)
    return able


def gives(platform: str, entities: list[str]) -> bool:
    """Whether the platform's staging has all of them."""
    kind = spec.kind_of(platform)
    return all((rules.STAGING / kind / f"stg_{kind}__{entity}.sql").exists() for entity in entities)


def found(settings: Settings) -> Counter[Found]:
    """The breaks that are published."""
    rows = published(settings, "select rule, legal_entity, platform from fct_mismatches where state = 'break'")
    return Counter((each["rule"], each["legal_entity"], each["platform"]) for each in rows)


def published(settings: Settings, sql: str, inside: bool = False) -> list[dict[str, str]]:
    """Rows of what is published, or of the warehouse behind it."""
    there = settings if inside else settings.model_copy(update={"warehouse": settings.published_file})
    return warehouse.query(there, sql.replace(" rule_status", " mismatches.rule_status"))
