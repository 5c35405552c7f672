"""The seeds decide what a correction may write, and a typo in them is named by file, line and column."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from q2c_pipelines.actions.approval import approve
from q2c_pipelines.actions.planner import propose
from q2c_pipelines.actions.policy import Policy
from q2c_pipelines.actions.rows import Plan, planned_of
from q2c_pipelines.config import SEEDS
from q2c_pipelines.outbox.delivery import deliver
from q2c_pipelines.outbox.ownership import InvalidOwnership, NotOwned, PersonRequired, load_ownership
from q2c_pipelines.outbox.tables import Case, CaseEvent
from q2c_pipelines.platforms.commands import ApplyPayment, UpdateField, UpdateStatus
from q2c_pipelines.platforms.flow import Receipt, Request

HEADER = "entity,attribute,role,legal_entity,copies_allowed_in,unattended\n"
SYSTEMS = (
    "legal_entity,role,platform\nUS,crm,salesforce\nUS,erp,netsuite\nUS,billing,zuora\nUK,billing,file_drop\nUK,erp,netsuite\n"
)
BRAKE = {"share_of_population": 1, "from_actions": 10, "amount": 100}
UNATTENDED = Policy.model_validate({"otherwise": "unattended", "brake": BRAKE})


@pytest.fixture
def asked(tiny):
    """What the platform was asked."""
    asked = []
    tiny.fault = lambda method, key: asked.append((method, key))
    return asked


@pytest.fixture
def correct(store, tiny, tiny_module, seeds):
    """Delivers corrections that are there already, to `tiny`, which bills, and to `other`, which is the CRM."""
    systems = "legal_entity,role,platform\nUS,billing,tiny\nUS,crm,other\n"
    owned = load_ownership(seeds("price,unit_price,crm,*,billing,false", systems=systems))

    def flow(command):
        yield Request("GET", f"/records/{command.key}", accept=(404,))
        return Receipt("adopted", command.native_id)

    return lambda: deliver(store, tiny_module.clients(tiny.base_url), owned, handlers=lambda _: {UpdateField: flow})


@pytest.fixture
def seeds(tmp_path):
    """A folder with these rows of ownership, and the systems."""

    def make(*rows, systems=SYSTEMS):
        (tmp_path / "ownership.csv").write_text(HEADER + "".join(f"{row}\n" for row in rows))
        (tmp_path / "systems.csv").write_text(systems)
        return tmp_path

    return make


def _field(entity="price", attribute="unit_price", platform="zuora", legal_entity="US"):
    return UpdateField(
        key="u1",
        platform=platform,
        deal_key=None,
        legal_entity=legal_entity,
        entity=entity,
        native_id="7",
        attribute=attribute,
        observed="1",
        value="2",
        observed_version=None,
    )


def _status(platform):
    return UpdateStatus(
        key="s1",
        platform=platform,
        deal_key=None,
        legal_entity="US",
        entity="order",
        native_id="7",
        observed="draft",
        value="activated",
        observed_version=None,
    )


def test_a_copy_may_be_put_right_and_nothing_else(seeds):
    owned = load_ownership(seeds("price,unit_price,crm,*,billing,true", "quote,amount,crm,*,,true"))
    owned.check(_field(), unattended=True)
    with pytest.raises(
        NotOwned, match=r"price\.unit_price is owned by crm and may be corrected in billing, but salesforce is crm for US"
    ):
        owned.check(_field(platform="salesforce"), unattended=False)
    with pytest.raises(NotOwned, match=r"may be corrected in nothing, but zuora is billing for US"):
        owned.check(_field("quote", "amount"), unattended=False)
    with pytest.raises(NotOwned, match=r"but zuora is nothing for UK"):
        owned.check(_field(legal_entity="UK"), unattended=False)
    with pytest.raises(NotOwned, match=r"price\.list_price has no row in the seed ownership"):
        owned.check(_field(attribute="list_price"), unattended=False)


def test_some_copies_need_a_person(seeds):
    owned = load_ownership(seeds("price,unit_price,crm,*,billing,false", "order,status,erp,*,crm,true"))
    owned.check(_field(), unattended=False)
    with pytest.raises(PersonRequired, match=r"price\.unit_price is corrected only after a person agreed"):
        owned.check(_field(), unattended=True)
    assert (owned.lets_unattended(_field()), owned.lets_unattended(_status("salesforce"))) == (False, True)
    assert not owned.lets_unattended(_status("netsuite"))


def test_a_companys_own_row_counts_before_the_one_for_all(seeds):
    owned = load_ownership(seeds("order,status,erp,*,erp,true", "order,status,erp,US,crm,true"))
    owned.check(_status("salesforce"), unattended=True)
    with pytest.raises(NotOwned, match=r"may be corrected in crm, but netsuite is erp"):
        owned.check(_status("netsuite"), unattended=True)
    owned.check(_field("order", "status", "netsuite", "UK"), unattended=True)


def test_what_creates_a_document_corrects_no_attribute(seeds):
    payment = ApplyPayment(
        key="k1",
        platform="netsuite",
        deal_key=None,
        legal_entity="US",
        customer_crm_id="c1",
        invoice_native_id=None,
        invoice_number="INV1",
        payment_ref="ch_1",
        amount=Decimal(1),
        currency="USD",
        paid_on=date(2026, 1, 2),
    )
    assert load_ownership(seeds()).lets_unattended(payment)


def test_the_shipped_seeds_let_no_price_go_by_itself():
    shipped = load_ownership(SEEDS)
    assert not shipped.lets_unattended(_field())
    assert shipped.lets_unattended(_field("customer", "phone"))


@pytest.mark.parametrize(
    ("platform", "code", "said"),
    [
        ("other", "FIELD_NOT_OWNED", "price.unit_price is owned by crm and may be corrected in billing"),
        ("tiny", "PERSON_REQUIRED", "price.unit_price is corrected only after a person agreed"),
    ],
)
def test_a_plan_that_says_otherwise_is_not_believed(store, correct, action, asked, platform, code, said):
    propose(store, Plan((planned_of(_field(platform=platform), is_unattended_allowed=True),)), UNATTENDED)
    assert action("u1").state == "approved"
    assert correct().results == {}
    assert (action("u1").state, action("u1").code, asked) == ("dead", code, [])
    with store.reading() as session:
        case = session.scalars(select(Case)).one()
        notes = session.scalars(select(CaseEvent.note)).all()
    assert (case.state, case.platform) == ("open", platform)
    assert any(said in note for note in notes)


def test_a_person_may_let_go_what_policy_may_not(store, correct, action, asked):
    propose(store, Plan((planned_of(_field(platform="tiny")),)), UNATTENDED)
    assert correct().results == {}
    approve(store, ["u1"], by="alice")
    assert (correct().results, len(asked)) == ({"confirmed": 1}, 1)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("price,unit_price,crn,*,billing,true", "column role: Input should be 'crm', .* not 'crn'"),
        ("price,unit_price,crm,*,billing epr,true", "column copies_allowed_in: .* not 'epr'"),
        ("price,unit_price,crm,*,billing,maybe", "column unattended: 'maybe' is neither true nor false"),
        ("price,,crm,*,billing,true", "column attribute: "),
        ("price,unit_price,crm,*,billing", "column unattended: '' is neither true nor false"),
        ("price,unit_price,crm,*,billing,true,owner", "column beyond the header: Extra"),
        ("order,status,erp,*,crm,false", "order.status for \\* is there twice"),
    ],
    ids=["role", "copies", "truth", "empty", "too short", "too long", "twice"],
)
def test_a_typo_is_named_by_file_line_and_column(seeds, row, message):
    with pytest.raises(InvalidOwnership, match=f"ownership.csv: line 3: {message}"):
        load_ownership(seeds("order,status,erp,*,crm,true", row))


@pytest.mark.parametrize("spoilt", ["x" * 200_000, "\udcdc"], ids=["huge field", "no UTF-8"])
def test_a_seed_that_cannot_be_read_is_named(seeds, spoilt):
    folder = seeds("order,status,erp,*,crm,true")
    with (folder / "ownership.csv").open("ab") as file:
        file.write(f"order,amount,{spoilt},*,crm,true\n".encode(errors="surrogateescape"))
    with pytest.raises(InvalidOwnership, match=r"ownership\.csv: cannot be read after line \d: "):
        load_ownership(folder)


def test_the_systems_are_checked_too(seeds, tmp_path):
    with pytest.raises(InvalidOwnership, match=r"systems\.csv: line 2: column role: Input should be 'crm'"):
        load_ownership(seeds(systems="legal_entity,role,platform\nUS,crn,salesforce\n"))
    (tmp_path / "systems.csv").unlink()
    with pytest.raises(InvalidOwnership, match=r"systems\.csv: cannot be read"):
        load_ownership(tmp_path)
