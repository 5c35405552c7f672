"""Every command against the portal: done once, done once though run twice, adopted after a lost answer, superseded, refused."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.errors import Terminal, Transient, Unauthorized, UnknownOutcome
from q2c_pipelines.platforms.hubspot.emulator import pipelines
from q2c_pipelines.platforms.hubspot.emulator.access import GATEWAY
from q2c_pipelines.platforms.hubspot.writer import HANDLERS
from tests.platforms.hubspot.conftest import COMPANY, CONTACT, DEAL, EARLY, HUBSPOT, LINE, NOW, ORDER, QUOTE, Portal, run
from tests.platforms.hubspot.told import ACTIVATED, ADDRESSED, COMMANDS, NEW, NUMBERED, RENAMED, field, step

CHANGES = {name: command for name, command in COMMANDS.items() if command is not NEW}
STEPS = {
    "deal won": (("opportunity", DEAL, "open", "won"), "deals", "dealstage", "appointmentscheduled", "closedwon"),
    "deal lost": (("opportunity", DEAL, "open", "lost"), "deals", "dealstage", "contractsent", "closedlost"),
    "quote published": (("quote", QUOTE, "draft", "approved"), "quotes", "hs_status", "DRAFT", "APPROVAL_NOT_NEEDED"),
    "quote recalled": (("quote", QUOTE, "approved", "draft"), "quotes", "hs_status", "APPROVED", "DRAFT"),
    "quote rejected": (("quote", QUOTE, "approved", "rejected"), "quotes", "hs_status", "APPROVED", "REJECTED"),
    "order booked": (("order", ORDER, "draft", "activated"), "orders", "hs_pipeline_stage", pipelines.OPEN, pipelines.PROCESSED),
    "order closed": (("order", ORDER, "draft", "closed"), "orders", "hs_pipeline_stage", pipelines.OPEN, pipelines.CANCELLED),
}  # fmt: skip


def test_every_declared_command_has_a_handler() -> None:
    assert sorted(HUBSPOT.commands) == sorted(kind.__name__ for kind in HANDLERS)


@pytest.mark.proves("once")
@pytest.mark.parametrize("name", COMMANDS)
def test_run_twice_is_done_once(portal: Portal, client: Client, name: str) -> None:
    first = run(client, COMMANDS[name])
    after = portal.writes()
    second = run(client, COMMANDS[name])
    assert (first.outcome, second.outcome) == ("written", "adopted")
    assert (first.native_id, first.read_back) == (second.native_id, second.read_back)
    assert portal.writes() == after > 0


@pytest.mark.proves("timeout_after_commit")
@pytest.mark.parametrize("name", CHANGES)
def test_a_change_whose_answer_was_lost_is_adopted(portal: Portal, client: Client, name: str) -> None:
    portal.fault("timeout_after_commit", method="PATCH")
    with pytest.raises(UnknownOutcome, match="gave no answer"):
        run(client, COMMANDS[name])
    assert run(client, COMMANDS[name]).outcome == "adopted"
    assert portal.writes() == 1


@pytest.mark.proves("timeout_after_commit")
@pytest.mark.parametrize("lost", ["companies/batch/upsert", "objects/contacts"])
def test_a_customer_whose_answer_was_lost_is_made_once_with_one_contact(portal: Portal, client: Client, lost: str) -> None:
    portal.fault("timeout_after_commit", method="POST", match=lost)
    with pytest.raises(UnknownOutcome, match="gave no answer"):
        run(client, NEW)
    receipt = run(client, NEW)
    assert (portal.writes("companies"), portal.writes("contacts")) == (1, 1)
    assert receipt.read_back["external_ref"] == "CRM-42"
    assert run(client, NEW).outcome == "adopted"


def test_a_customer_is_a_company_with_a_contact_for_its_address(portal: Portal, client: Client) -> None:
    receipt = run(client, NEW)
    made = portal.holds("companies", int(receipt.native_id))
    assert [made[name] for name in ("name", "phone", "address", "city", "state", "zip", "country", "payment_terms")] == [
        "Birch", "+1 514 555", "2 Rue Roy", "Montreal", "QC", "H2W 1A1", "CA", "Net 30",
    ]  # fmt: skip
    (linked,) = portal.state.select("select from_id from associations where to_id = ? and type_id = 1", (made["id"],))
    assert portal.holds("contacts", linked["from_id"])["email"] == "ap@birch.example"


def test_what_is_not_known_of_a_customer_is_not_sent(portal: Portal, client: Client) -> None:
    receipt = run(client, replace(NEW, email=None, phone=None, state=None))
    assert portal.holds("companies", int(receipt.native_id))["phone"] is None
    assert (receipt.outcome, portal.writes("contacts")) == ("written", 0)


def test_a_customer_that_is_there_is_adopted_though_search_would_not_find_it(portal: Portal, client: Client) -> None:
    portal.add("companies", 7002, NOW, name="Birch", external_ref="CRM-42")
    receipt = run(client, replace(NEW, email=None))
    assert (receipt.outcome, receipt.native_id, portal.writes()) == ("adopted", "7002", 0)


def test_a_contact_that_is_there_is_linked_and_not_made_again(portal: Portal, client: Client) -> None:
    receipt = run(client, replace(NEW, email="ap@maple.example"))
    assert (receipt.outcome, portal.writes("contacts")) == ("written", 0)
    linked = portal.state.select("select to_id from associations where from_id = ? and type_id = 279 order by rowid", (CONTACT,))
    assert [each["to_id"] for each in linked] == [COMPANY, int(receipt.native_id)]


def test_a_reference_with_odd_characters_is_found_again(portal: Portal, client: Client) -> None:
    odd = replace(NEW, crm_id="A/1 ?&%é", email="o'neill+ap@birch.example")
    assert run(client, odd).native_id == run(client, odd).native_id
    assert (portal.writes("companies"), portal.writes("contacts")) == (1, 1)


@pytest.mark.proves("error_body")
def test_a_customer_that_cannot_be_made_is_told_in_the_vendors_words(portal: Portal, client: Client) -> None:
    portal.app[GATEWAY].scopes.discard("crm.objects.companies.write")
    with pytest.raises(Unauthorized, match=r"MISSING_SCOPES.*crm.objects.companies.write"):
        run(client, NEW)


@pytest.mark.parametrize("name", [each for each in CHANGES if each != "order"])
def test_what_is_no_longer_as_observed_is_left_alone(portal: Portal, client: Client, name: str) -> None:
    receipt = run(client, replace(CHANGES[name], observed="else"))
    assert (receipt.outcome, portal.writes()) == ("superseded", 0)
    assert receipt.read_back


def test_an_amount_is_what_it_comes_to_however_it_is_written(portal: Portal, client: Client) -> None:
    assert run(client, field("opportunity", DEAL, "amount", "1", "1200.000")).outcome == "adopted"
    portal.plant("deals", DEAL, amount="1200.50")
    assert run(client, field("opportunity", DEAL, "amount", "1200.5", "1300")).outcome == "written"


def test_a_day_is_one_whatever_the_time_of_it(portal: Portal, client: Client) -> None:
    assert run(client, field("opportunity", DEAL, "closed_on", None, "2026-11-03")).outcome == "adopted"
    assert run(client, field("opportunity", DEAL, "closed_on", "2026-11-03", "2026-11-04")).outcome == "written"
    assert portal.holds("deals", DEAL)["closedate"] == "2026-11-04T00:00:00.000Z"


def test_a_published_quote_is_not_opened_to_be_corrected(portal: Portal, client: Client) -> None:
    with pytest.raises(Terminal, match=r"published and cannot be edited.*\[hs_currency\]"):
        run(client, field("quote", QUOTE, "currency", "CAD", "USD"))
    portal.plant("quotes", QUOTE, hs_status="DRAFT")
    assert run(client, field("quote", QUOTE, "currency", "CAD", "USD")).outcome == "written"


def test_a_field_is_emptied(portal: Portal, client: Client) -> None:
    receipt = run(client, field("customer", COMPANY, "phone", "+1 416 555", None))
    assert (receipt.outcome, portal.holds("companies", COMPANY)["phone"]) == ("written", None)
    assert run(client, field("customer", COMPANY, "phone", "+1 416 555", None)).outcome == "adopted"


def test_the_oldest_of_a_companys_contacts_carries_its_address(portal: Portal, client: Client) -> None:
    portal.add("contacts", 60, EARLY, email="z@maple.example")
    portal.link("contacts", 60, "companies", COMPANY, primary=True)
    run(client, ADDRESSED)
    assert [portal.holds("contacts", key)["email"] for key in (CONTACT, 60)] == ["billing@maple.example", "z@maple.example"]


def test_of_contacts_those_count_whose_primary_company_it_is(portal: Portal, client: Client) -> None:
    portal.add("companies", 7002, EARLY, name="Other")
    portal.add("contacts", 40, EARLY, email="guest@other.example")
    portal.link("contacts", 40, "companies", COMPANY)
    assert run(client, ADDRESSED).outcome == "written"
    assert portal.holds("contacts", 40)["email"] == "guest@other.example"


def test_a_company_without_contacts_has_no_address_to_correct(portal: Portal, client: Client) -> None:
    portal.bin("contacts", CONTACT)
    receipt = run(client, ADDRESSED)
    assert (receipt.outcome, portal.writes()) == ("superseded", 0)
    assert "no contact" in receipt.detail


def test_an_address_that_another_contact_has_is_refused_with_its_id(portal: Portal, client: Client) -> None:
    portal.add("contacts", 60, EARLY, email="billing@maple.example")
    with pytest.raises(Terminal, match=r"409 CONFLICT: Contact already exists\. Existing ID: 60"):
        run(client, ADDRESSED)


@pytest.mark.parametrize("name", STEPS)
def test_a_step_is_taken_once(portal: Portal, client: Client, name: str) -> None:
    told, table, column, before, after = STEPS[name]
    portal.plant("quotes", QUOTE, hs_sign_status=None, hs_esign_date=None)
    portal.plant(table, told[1], **{column: before})
    command = step(*told)
    assert [run(client, command).outcome for _ in range(2)] == ["written", "adopted"]
    assert (portal.holds(table, told[1])[column], portal.writes()) == (after, 1)


def test_a_step_from_where_the_record_is_not_is_not_taken(portal: Portal, client: Client) -> None:
    assert run(client, step("quote", QUOTE, "approved", "draft")).outcome == "superseded"  # it was signed
    portal.plant("orders", ORDER, hs_pipeline_stage=pipelines.CANCELLED)
    assert run(client, ACTIVATED).outcome == "superseded"
    assert portal.writes() == 0


def test_a_quote_that_lacks_what_publishing_needs_stays_a_draft(portal: Portal, client: Client) -> None:
    portal.plant("quotes", QUOTE, hs_status="DRAFT", hs_sign_status=None)
    portal.bin("line_items", LINE)
    with pytest.raises(Terminal, match="cannot be published without associated line_items"):
        run(client, step("quote", QUOTE, "draft", "approved"))


@pytest.mark.parametrize("told", [("quote", QUOTE, "approved", "accepted"), ("opportunity", DEAL, "won", "open")])
def test_a_step_that_is_nobodys_to_take_goes_to_a_person(portal: Portal, client: Client, told: tuple[str, int, str, str]) -> None:
    with pytest.raises(Terminal, match=f"{told[0]} cannot be moved from {told[2]} to {told[3]}"):
        run(client, step(*told))
    assert client.requests == 0


def test_a_field_that_is_not_ours_goes_to_a_person(client: Client) -> None:
    with pytest.raises(Terminal, match=r"quote.amount is no field"):
        run(client, field("quote", QUOTE, "amount", "1", "2"))


@pytest.mark.parametrize("command", [NUMBERED, ACTIVATED, RENAMED], ids=["field", "status", "company"])
def test_a_record_that_was_archived_is_left_alone(portal: Portal, client: Client, command: object) -> None:
    portal.bin("orders", ORDER)
    portal.bin("companies", COMPANY)
    receipt = run(client, command)
    assert (receipt.outcome, portal.writes()) == ("superseded", 0)
    assert "archived or merged" in receipt.detail


@pytest.mark.proves("merge")
def test_a_record_that_was_merged_away_is_not_mistaken_for_the_one_it_went_into(
    portal: Portal, client: Client, http: httpx.Client
) -> None:
    portal.add("companies", 7002, EARLY, name="Maple 2")
    http.post("/crm/v3/objects/companies/merge", json={"primaryObjectId": "7001", "objectIdToMerge": "7002"})
    assert http.get("/crm/v3/objects/companies/7001").json()["id"] not in ("7001", "7002")
    assert run(client, RENAMED).outcome == "superseded"


def test_a_value_that_a_workflow_takes_back_is_told(portal: Portal, client: Client) -> None:
    portal.state.db.execute(
        "create trigger workflow after update of name on companies begin update companies set name = 'Mine' where id = new.id; end"
    )
    with pytest.raises(Terminal, match="companies 7001: name reads back as 'Mine'; a workflow reset it"):
        run(client, RENAMED)


@pytest.mark.parametrize(
    ("kind", "error"), [("rate_limit", Transient), ("server_error", UnknownOutcome), ("reset", UnknownOutcome)]
)
def test_a_write_is_sent_once_and_says_what_became_of_it(portal: Portal, client: Client, kind: str, error: type[Exception]) -> None:
    portal.fault(kind, method="PATCH")
    with pytest.raises(error) as told:
        run(client, RENAMED)
    assert type(told.value) is error
    assert portal.writes() == 0
    assert run(client, RENAMED).outcome == "written"
