"""The environment on loopback and our own requests, held against the schemas and samples that the vendor published."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as Xml

import pytest

from q2c_pipelines.platforms.dynamics365_sales.emulator.application import refuse
from q2c_pipelines.platforms.dynamics365_sales.emulator.schema import TABLES, Column
from q2c_pipelines.platforms.dynamics365_sales.words import COLUMNS, MOVES, State
from tests.proofs import validated

from .batches import batch, change_set, outline, post
from .batches import get as reading
from .conftest import ACCOUNT, Api, Office, guid, quick

ACTIVITY = {"activityid", "subject", "actualend"}  # what every activity has; the documents list only what is its own
ADDRESS = "address1_"  # a table inside another, which the documents do not spell out
DATE_ONLY = {"estimatedclosedate", "actualclosedate"}  # how a time behaves is not in the documents
TYPES = {"string": "Edm.String", "int": "Edm.Int32", "bool": "Edm.Boolean", "timestamp": "Edm.DateTimeOffset", "date": "Edm.Date"}


def load(contracts: Path, name: str) -> Any:
    return json.loads((contracts / "dynamics365_sales" / name).read_text())


def attributes(contracts: Path, table: str) -> dict[str, dict[str, Any]]:
    """The vendor's attributes of a table, by logical name."""
    own = load(contracts, f"entities/{table}.json")["attributes"]
    standard = load(contracts, "entities/_standard_attributes.json")["attributes"]
    return {each["logicalName"]: each for each in [*standard, *own]}


def is_published(logical: str) -> bool:
    return not logical.startswith(("new_", ADDRESS)) and logical not in ACTIVITY


@pytest.mark.parametrize("table", sorted(TABLES))
def test_a_table_is_as_the_vendor_documents_it(contracts: Path, table: str) -> None:
    theirs = attributes(contracts, table)
    document = load(contracts, f"entities/{table}.json")
    assert document["entitySetName"] == TABLES[table].set
    ours = [column for column in TABLES[table].columns.values() if is_published(column.logical)]
    assert len(ours) > 4
    for column in ours:
        assert differences(column, theirs.get(column.logical.removesuffix("_base"), {})) == {}, column
    validated("response", table)


def differences(column: Column, theirs: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """What the vendor says otherwise of a column."""
    edm = "Edm.DateTimeOffset" if column.logical in DATE_ONLY else column.edm
    compared = {"edmType": (edm, theirs.get("edmType"))}
    if column.type == "text":
        compared["maximumLength"] = (column.length, theirs.get("maximumLength", column.length))
    if column.type == "lookup":
        compared["odataProperty"] = (column.name, theirs.get("odataProperty"))
    if column.type == "choice":
        compared["options"] = (sorted(column.options), sorted(each["value"] for each in theirs.get("options", [])))
    return {what: pair for what, pair in compared.items() if pair[0] != pair[1]}


@pytest.mark.parametrize("table", [name for name, table in TABLES.items() if table.states])
def test_status_reasons_belong_to_the_states_that_the_vendor_says(contracts: Path, table: str) -> None:
    reasons = attributes(contracts, table).get("statuscode", {}).get("options", [])
    theirs = {(each["state"], each["value"]) for each in reasons if "state" in each}
    assert theirs <= {(state, reason) for state, many in TABLES[table].states.items() for reason in many}


@pytest.mark.parametrize("table", sorted(quick().tables))
def test_every_column_we_ask_for_is_one_the_vendor_has(contracts: Path, table: str) -> None:
    declared, theirs = quick().tables[table], attributes(contracts, table)
    by_property = {each.get("odataProperty", name): each for name, each in theirs.items()}
    for name, column in declared.columns.items():
        asked = column.path or name
        if not is_published(asked) or asked in DATE_ONLY:
            continue
        found = by_property[asked]["edmType"]
        assert found == ("Edm.Decimal" if column.type.startswith("decimal") else TYPES[column.type]) or found == "Edm.Guid", name


@pytest.mark.parametrize(("attribute", "place"), COLUMNS.items(), ids=lambda each: ".".join(each))
def test_every_column_we_write_is_one_the_vendor_takes(contracts: Path, attribute: tuple[str, str], place: tuple[str, str]) -> None:
    table = {"accounts": "account", "salesorders": "salesorder"}[place[0]]
    if is_published(place[1]):
        assert not attributes(contracts, table)[place[1]].get("readOnly")
        assert attributes(contracts, table)[place[1]]["edmType"] in ("Edm.String", "Edm.Int32")
        validated("request", f"PATCH {place[0]}")


@pytest.mark.parametrize("move", MOVES, ids=" ".join)
def test_every_state_we_set_is_one_the_vendor_has(contracts: Path, move: tuple[str, str, str]) -> None:
    step = MOVES[move]
    table = step.table.removesuffix("s")
    reasons = {each["value"]: each["state"] for each in attributes(contracts, table)["statuscode"]["options"]}
    wanted = {"rejected": 3, "accepted": 2, "closed": 2}.get(move[2])
    if isinstance(step, State):
        assert reasons[step.reason] == step.state
    else:
        assert reasons[step.status] == wanted
    validated("request", f"{table} {move[2]}")


def keys(value: Any) -> Any:
    """A body's structure without its contents; `value` as its first row and its last."""
    if isinstance(value, dict):
        return {name: keys(item) for name, item in value.items()}
    return [keys(value[0]), keys(value[-1])] if isinstance(value, list) and value else type(value).__name__


def test_tracked_changes_answer_as_the_sample_does(contracts: Path, api: Api, office: Office) -> None:
    first, second, _ = load(contracts, "samples/change_tracking.json")
    office.add("account", accountid=guid("sample"), name="Monte Orton", telephone1="555000")
    gone = office.accounts(1)[0]
    office.delete("account", ACCOUNT)
    path = "accounts?$select=name,accountnumber,telephone1"
    began = api("GET", path, headers={"Prefer": "odata.track-changes"})
    assert began.headers["Preference-Applied"] == first["response"]["headers"]["Preference-Applied"]
    link = began.json()["@odata.deltaLink"]
    assert re.search(r"\$deltatoken=\d+%21\d\d%2[Ff]\d\d%2[Ff]\d{4}%20\d\d%3[Aa]\d\d%3[Aa]\d\d$", link)
    assert re.search(
        r"\$deltatoken=\d+%21\d\d%2[Ff]\d\d%2[Ff]\d{4}%20\d\d%3[Aa]\d\d%3[Aa]\d\d$", first["response"]["body"]["@odata.deltaLink"]
    )
    office.set("account", guid("sample"), accountnumber="1")
    office.delete("account", gone)
    changed = api("GET", link)
    theirs = keys(second["response"]["body"])
    theirs["value"][0] = {"accountnumber": "str"} | theirs["value"][0] | {"accountnumber": "str"}
    theirs["value"][0].pop("fax")
    assert keys(changed.json()) == theirs
    assert changed.json()["@odata.context"].endswith("/$delta")
    count = api("GET", link.replace("accounts?", "accounts/$count?"))
    assert (count.text, count.headers["Content-Type"]) == ("2", "text/plain")
    validated("response", "tracked changes")


def test_a_page_and_its_link_are_as_in_the_sample(contracts: Path, api: Api, office: Office) -> None:
    sample = load(contracts, "samples/paging.json")[0]
    for number in range(3):
        office.add("contact", contactid=guid("person", number), lastname=f"P{number}")
    request = sample["request"]
    page = api("GET", request["url"].partition("/v9.2/")[2], headers=request["headers"])
    assert page.headers["Preference-Applied"] == sample["response"]["headers"]["Preference-Applied"]
    assert keys(page.json()) == keys(sample["response"]["body"])
    theirs, ours = (cookie(body["@odata.nextLink"]) for body in (sample["response"]["body"], page.json()))
    assert (ours.tag, set(ours.attrib), ours.attrib["pagenumber"]) == (theirs.tag, set(theirs.attrib), "2")
    validated("response", "page")


def cookie(link: str) -> Xml.Element:
    return Xml.fromstring(parse_qs(urlsplit(link).query)["$skiptoken"][0])


def test_an_update_that_asks_for_the_record_answers_as_the_sample_does(contracts: Path, api: Api) -> None:
    sample = load(contracts, "samples/update_return_representation.json")
    columns = "name,creditonhold,description,createdon,_transactioncurrencyid_value"
    path = f"accounts({ACCOUNT})?$select={columns}"
    answer = api("PATCH", path, json=sample["request"]["body"], headers=sample["request"]["headers"])
    theirs = sample["response"]["body"]
    assert answer.status_code == sample["response"]["status"]
    assert answer.headers["Preference-Applied"] == sample["response"]["headers"]["Preference-Applied"]
    named = {
        name: type(theirs[name]) for name in ("@odata.context", "@odata.etag", "accountid", "name", "creditonhold", "createdon")
    }
    assert {name: type(answer.json()[name]) for name in named} == named
    assert set(answer.json()) <= set(theirs)
    validated("response", "updated record")


REFUSED: list[tuple[str, str, str, dict[str, Any]]] = [
    ("not_found_prevent_create", "PATCH", f"accounts({guid('none')})", {"json": {"name": "A"}, "headers": {"If-Match": "*"}}),
    ("prevent_update_412", "PATCH", f"accounts({ACCOUNT})", {"json": {"name": "A"}, "headers": {"If-None-Match": "*"}}),
    ("etag_mismatch_412", "PATCH", f"accounts({ACCOUNT})", {"json": {"name": "A"}, "headers": {"If-Match": 'W/"1"'}}),
    ("validation_400", "POST", "accounts", {"json": {"name": "A" * 161}}),
]


@pytest.mark.parametrize(("name", "method", "path", "how"), REFUSED, ids=[each[0] for each in REFUSED])
def test_refusals_are_worded_as_in_the_samples(
    contracts: Path, api: Api, name: str, method: str, path: str, how: dict[str, Any]
) -> None:
    theirs, ours = load(contracts, "samples/errors.json")[name], api(method, path, **how)
    assert ours.status_code == theirs["status"]
    assert keys(ours.json()) == keys(theirs["body"])
    varies = re.compile(r"'[^']*'|[0-9a-f]{8}-[-0-9a-f]+")
    assert varies.sub("", ours.json()["error"]["message"]) == varies.sub("", theirs["body"]["error"]["message"])
    assert ours.json()["error"]["code"] in (theirs["body"]["error"]["code"], "0x80060882", "0x80040237")
    assert set(theirs.get("headers", {})) <= set(ours.headers) | {name.upper() for name in ours.headers}
    validated("response", name)


@pytest.mark.parametrize(
    ("fault", "name"),
    [("rate_limit", "throttle_requests_429"), ("execution_time", "throttle_time_429"), ("concurrency", "throttle_concurrency_429")],
)
def test_limits_are_worded_as_in_the_samples(contracts: Path, fault: str, name: str) -> None:
    theirs, ours = load(contracts, "samples/errors.json")[name], refuse(fault)
    assert ours.body is not None
    told = json.loads(bytes(ours.body))  # type: ignore[arg-type]
    assert (ours.status, told["error"]) == (theirs["status"], {"code": theirs["code"], "message": theirs["message"]})
    assert set(theirs["headers"]) <= set(ours.headers)
    validated("response", name)


@pytest.mark.parametrize("option", ["filter", "orderby", "expand", "top"])
def test_options_that_tracking_does_not_know_are_refused_as_in_the_sample(contracts: Path, api: Api, option: str) -> None:
    values = {"filter": "statecode eq 0", "orderby": "name", "expand": "primarycontactid", "top": "1"}
    refused = api("GET", "accounts", params={f"${option}": values[option]}, headers={"Prefer": "odata.track-changes"})
    theirs = load(contracts, "samples/errors.json")["track_changes_unsupported_option"]["message"]
    wanted = re.sub(r"\$\{[^}]*\}", f"${option}", theirs)
    assert (refused.status_code, refused.json()["error"]["message"]) == (400, wanted)
    validated("response", f"tracking refuses {option}")


def test_an_annotated_refusal_says_more_where_it_is_asked_for(contracts: Path, api: Api) -> None:
    theirs = load(contracts, "samples/errors.json")["annotated_400"]["body"]["error"]
    ours = api("POST", "accounts", json={}, headers={"Prefer": 'odata.include-annotations="*"'}).json()["error"]
    assert set(ours) <= set(theirs)
    assert len(ours) > 2
    validated("response", "annotated refusal")


def test_a_change_set_answers_as_the_sample_does(contracts: Path, api: Api) -> None:
    ours = batch(api, change_set(post("accounts", {"name": "A"}, "1")), reading("accounts?$select=name"))
    theirs = (contracts / "dynamics365_sales/samples/batch_changeset_response.txt").read_text()
    assert outline(ours.text) == outline(theirs)
    validated("response", "change set")


def test_a_batch_that_goes_on_answers_as_the_sample_does(contracts: Path, api: Api) -> None:
    ours = batch(api, post("accounts", {"name": "A" * 161}), post("accounts", {"name": "A"}), Prefer="odata.continue-on-error")
    theirs = (contracts / "dynamics365_sales/samples/batch_continue_on_error_response.txt").read_text()
    assert outline(ours.text) == outline(theirs)
    validated("response", "batch that goes on")
