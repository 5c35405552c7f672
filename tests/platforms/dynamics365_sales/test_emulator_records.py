"""Records by the Web API: what it takes, what it refuses, and how it guards versions and keys."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from .conftest import ACCOUNT, CONTACT, EURO, LIST, OPEN_QUOTE, ORDER, POUND, PRODUCT, QUOTE, UNIT, UNITS, Api, Office, guid

NEW = guid("new")
REPRESENTED = {"Prefer": "return=representation"}
IN_POUNDS = {"transactioncurrencyid@odata.bind": f"/transactioncurrencies({POUND})"}
SALE = {
    "name": "Deal",
    "customerid_account@odata.bind": f"/accounts({ACCOUNT})",
    "pricelevelid@odata.bind": f"/pricelevels({LIST})",
}
LINE = {"productid@odata.bind": f"/products({PRODUCT})", "uomid@odata.bind": f"/uoms({UNIT})", "quantity": 2}


def error(response: httpx.Response) -> tuple[int, str, str]:
    told = response.json()["error"]
    return response.status_code, told["code"], told["message"]


def test_a_new_record_answers_with_its_address_or_with_itself(api: Api, office: Office) -> None:
    plain = api("POST", "accounts", json={"name": "A"})
    assert (plain.status_code, plain.content) == (204, b"")
    assert plain.headers["OData-EntityId"].startswith(f"{office.base_url}/api/data/v9.2/accounts(")
    told = api("POST", "accounts", params={"$select": "name"}, json={"name": "B"}, headers=REPRESENTED)
    assert (told.status_code, told.json()["name"], told.headers["Preference-Applied"]) == (201, "B", "return=representation")
    assert api("GET", f"accounts({told.json()['accountid']})").json()["statuscode"] == 1


@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        ({}, "0x80040203", "'name' of table 'account' is required"),
        ({"name": "A", "telephone1": "1" * 51}, "0x80044331", "exceeded the maximum allowed length of '50'"),
        ({"name": 5}, "0x80048d19", "Cannot convert the literal '5'"),
        ({"name": "A", "paymenttermscode": 9}, "0x8004431a", "Accepted Values: 1,2,3,4"),
        ({"name": "A", "creditlimit": 1e15}, "0x80044330", "outside the valid range"),
        ({"name": "A", "region": "x"}, "0x80048d19", "Invalid property 'region'"),
        ({"name": "A", "_primarycontactid_value": CONTACT}, "0x80048d19", "Use Navigation properties instead"),
        (
            {"name": "A", "PrimaryContactId@odata.bind": f"/contacts({CONTACT})"},
            "0x80048d19",
            "undeclared property 'PrimaryContactId'",
        ),
        ({"name": "A", "primarycontactid@odata.bind": f"/accounts({ACCOUNT})"}, "0x80048d19", "leads to 'contact'"),
    ],
)
def test_a_body_that_does_not_fit_is_refused(api: Api, body: dict[str, Any], code: str, said: str) -> None:
    status, told, message = error(api("POST", "accounts", json=body))
    assert (status, told) == (400, code)
    assert said in message


def test_a_lookup_to_nothing_is_refused(api: Api) -> None:
    response = api("POST", "accounts", json={"name": "A", "primarycontactid@odata.bind": f"/contacts({NEW})"})
    assert error(response) == (404, "0x80040217", f"contact With Id = {NEW} Does Not Exist")


def test_a_plain_patch_of_a_guid_nobody_has_makes_the_record(api: Api) -> None:
    assert api("PATCH", f"accounts({NEW})", json={"name": "A"}).status_code == 204
    assert api("GET", f"accounts({NEW})").json()["name"] == "A"


def test_conditions_make_a_patch_update_only_or_create_only(api: Api) -> None:
    missing = api("PATCH", f"accounts({NEW})", json={"name": "A"}, headers={"If-Match": "*"})
    assert error(missing) == (404, "", f"account With Id = {NEW} Does Not Exist")
    taken = api("PATCH", f"accounts({ACCOUNT})", json={"name": "A"}, headers={"If-None-Match": "*"})
    assert error(taken)[0::2] == (412, "A record with matching key values already exists.")


def test_an_old_version_is_neither_changed_nor_deleted(api: Api) -> None:
    etag = api("GET", f"accounts({ACCOUNT})").json()["@odata.etag"]
    assert api("PATCH", f"accounts({ACCOUNT})", json={"telephone1": "2"}, headers={"If-Match": etag}).status_code == 204
    for method, how in (("PATCH", {"json": {"telephone1": "3"}}), ("DELETE", {})):
        stale = api(method, f"accounts({ACCOUNT})", headers={"If-Match": etag}, **how)
        assert error(stale)[::2] == (412, "The version of the existing record doesn't match the RowVersion property provided.")
    assert api("GET", f"accounts({ACCOUNT})").json()["telephone1"] == "2"


def test_a_version_the_caller_has_is_not_sent_again(api: Api) -> None:
    etag = api("GET", f"accounts({ACCOUNT})").json()["@odata.etag"]
    assert api("GET", f"accounts({ACCOUNT})", headers={"If-None-Match": etag}).status_code == 304


def test_an_alternate_key_finds_makes_and_keeps_apart(api: Api) -> None:
    path = "accounts(new_externalref='it''s 1')"
    assert api("GET", path).status_code == 404
    assert api("PATCH", path, json={"name": "A"}).status_code == 204
    assert api("GET", path).json()["new_externalref"] == "it's 1"
    again = api("POST", "accounts", json={"name": "B", "new_externalref": "it's 1"})
    assert error(again)[:2] == (412, "0x80060892")


def test_a_key_that_is_not_defined_is_refused(api: Api) -> None:
    status, _, said = error(api("PATCH", "accounts(accountnumber='1')", json={"name": "A"}))
    assert status == 400
    assert "not a defined alternate key on entity 'account'" in said


def test_duplicates_are_looked_for_only_where_asked(api: Api) -> None:
    body = {"name": "acme ltd"}
    assert error(api("POST", "accounts", json=body, headers={"MSCRM.SuppressDuplicateDetection": "false"}))[:2] == (
        412,
        "0x80040333",
    )
    assert api("POST", "accounts", json=body).status_code == 204


def test_single_columns_have_addresses_of_their_own(api: Api) -> None:
    assert api("GET", f"accounts({ACCOUNT})/name").json()["value"] == "Acme Ltd"
    assert api("PUT", f"accounts({ACCOUNT})/telephone1", json={"value": "9"}).status_code == 204
    assert api("DELETE", f"accounts({ACCOUNT})/telephone1").status_code == 204
    assert api("GET", f"accounts({ACCOUNT})/telephone1").status_code == 204
    assert api("DELETE", f"accounts({ACCOUNT})/primarycontactid/$ref").status_code == 204
    assert api("GET", f"accounts({ACCOUNT})").json()["_primarycontactid_value"] is None


def test_a_deleted_record_takes_its_lines_with_it(api: Api) -> None:
    assert api("DELETE", f"salesorders({ORDER})").status_code == 204
    assert error(api("DELETE", f"salesorders({ORDER})"))[:2] == (404, "0x80040217")


def test_what_the_server_sets_is_passed_over(api: Api) -> None:
    api("PATCH", f"accounts({ACCOUNT})", json={"createdon": "2020-01-01T00:00:00Z", "telephone1": "2"}, headers={"If-Match": "*"})
    assert api("GET", f"accounts({ACCOUNT})").json()["createdon"] == "2026-10-31T08:00:00Z"


def test_a_quote_is_made_with_its_lines_at_once_and_priced_by_the_list(api: Api) -> None:
    written_in = {"productdescription": "Set-up", "isproductoverridden": True, "quantity": 1} | {"priceperunit": 50.5, "tax": 10.1}
    body = SALE | IN_POUNDS | {"quote_details": [LINE | {"manualdiscountamount": 20}, written_in]}
    quote = api("POST", "quotes", json=body, headers=REPRESENTED).json()
    assert quote["quotenumber"].startswith("QUO-9")
    totals = {"totallineitemamount": 230.5, "totallineitemdiscountamount": 20.0, "totaltax": 10.1, "totalamount": 240.6}
    assert totals.items() <= quote.items()
    refused = api("POST", "quotes", json=body | {"quote_details": [LINE, {"quantity": "two"}]})
    assert refused.status_code == 400
    assert api.rows("quotes", filter="name eq 'Deal'", select="name") == [
        api.rows("quotes", filter="name eq 'Deal'", select="name")[0]
    ]


def test_amounts_are_told_in_the_environments_currency_too(api: Api) -> None:
    in_euros = {"transactioncurrencyid@odata.bind": f"/transactioncurrencies({EURO})"}
    quote = api("POST", "quotes", json=SALE | in_euros | {"quote_details": [LINE]}, headers=REPRESENTED).json()
    assert (quote["totalamount"], quote["totalamount_base"], quote["exchangerate"]) == (200.0, 160.0, 1.25)


def test_lines_of_a_quote_that_is_no_draft_stay_as_they_are(api: Api) -> None:
    for quote in (QUOTE, OPEN_QUOTE):
        body = LINE | {"quoteid@odata.bind": f"/quotes({quote})"}
        assert error(api("POST", "quotedetails", json=body))[0] == 400
        assert error(api("PATCH", f"quotes({quote})", json={"name": "x"}, headers={"If-Match": "*"}))[0] == 400


def test_a_line_of_a_draft_moves_the_quotes_totals_and_its_version(api: Api) -> None:
    made = api("POST", "quotes", json=SALE | IN_POUNDS, headers=REPRESENTED).json()
    api("POST", "quotedetails", json=LINE | {"quoteid@odata.bind": f"/quotes({made['quoteid']})"})
    now = api("GET", f"quotes({made['quoteid']})").json()
    assert now["totalamount"] == 200.0
    assert now["@odata.etag"] != made["@odata.etag"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (f"quotes({OPEN_QUOTE})", {"statecode": 2, "statuscode": 4}),
        (f"quotes({QUOTE})", {"statecode": 0, "statuscode": 1}),
        (f"salesorders({ORDER})", {"statecode": 3}),
        (f"salesorders({ORDER})", {"statecode": 1, "statuscode": 1}),
        (f"accounts({ACCOUNT})", {"statuscode": 2}),
    ],
    ids=["won by an update", "back to draft", "fulfilled by an update", "status of another state", "status of another state"],
)
def test_states_that_do_not_follow_are_refused(api: Api, path: str, body: dict[str, int]) -> None:
    assert error(api("PATCH", path, json=body, headers={"If-Match": "*"}))[:2] == (400, "0x80048408")


def test_units_belong_to_the_catalogue(api: Api) -> None:
    assert [row["_uomscheduleid_value"] for row in api.rows("uoms")] == [UNITS]
