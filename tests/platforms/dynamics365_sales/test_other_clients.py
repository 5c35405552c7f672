"""Another people's client of Dataverse (dataverse-api), which knows nothing of ours, against the same environment."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import ACCOUNT, CONTACT, Office

dataverse_api = pytest.importorskip("dataverse_api", reason="dataverse-api is in the dependency group `clients`")
requests = pytest.importorskip("requests")


@pytest.fixture
def accounts(office: Office) -> Any:
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {office.environment.new_token()}"
    return dataverse_api.DataverseClient(session, f"{office.base_url}/").entity("account")


def names(accounts: Any) -> list[str]:
    return sorted(row["name"] for row in accounts.read(select=["name"], filter="startswith(name,'N')", page_size=2))


@pytest.mark.client("dataverse-api")
def test_it_learns_the_table_from_the_environment(accounts: Any) -> None:
    assert (accounts.entity_set_name, accounts.primary_id_attr) == ("accounts", "accountid")
    assert accounts.alternate_keys == {"new_externalref": ["new_externalref"]}
    assert (accounts.supports_create_multiple, accounts.supports_update_multiple) == (True, True)


@pytest.mark.client("dataverse-api", "list", "page")
def test_it_reads_pages_in_order_with_what_a_record_refers_to(accounts: Any, office: Office) -> None:
    made = office.accounts(5)
    rows = accounts.read(select=["name"], order_by="name", page_size=2, expand="primarycontactid($select=fullname)")
    assert [row["name"] for row in rows] == ["A0", "A1", "A2", "A3", "A4", "Acme Ltd"]
    assert {row["accountid"] for row in rows} == {ACCOUNT, *made}
    assert rows[-1]["primarycontactid"]["contactid"] == CONTACT


@pytest.mark.client("dataverse-api", "create")
@pytest.mark.parametrize("mode", ["individual", "multiple", "batch"])
def test_it_makes_records(accounts: Any, mode: str) -> None:
    accounts.create([{"name": f"N{number}"} for number in range(3)], mode=mode)
    assert names(accounts) == ["N0", "N1", "N2"]


@pytest.mark.client("dataverse-api", "create", "update")
@pytest.mark.parametrize("mode", ["individual", "batch"])
def test_it_upserts_by_the_alternate_key(accounts: Any, mode: str) -> None:
    for name in ("N1", "N2"):
        accounts.upsert([{"new_externalref": "ref 1", "name": name}], altkey_name="new_externalref", mode=mode)
    assert names(accounts) == ["N2"]


@pytest.mark.client("dataverse-api", "update")
@pytest.mark.parametrize("mode", ["individual", "batch"])
def test_it_deletes_values_and_records(accounts: Any, office: Office, mode: str) -> None:
    accounts.delete_columns(["telephone1"], ids=[ACCOUNT], mode=mode)
    assert office.get("account", ACCOUNT)["telephone1"] is None
    accounts.delete(ids=[ACCOUNT], mode=mode)
    assert office.state.get("account", ACCOUNT) is None


@pytest.mark.client("dataverse-api", "error")
def test_it_understands_a_refusal(accounts: Any) -> None:
    with pytest.raises(dataverse_api.errors.DataverseAPIError, match="Could not find a property named 'region'"):
        accounts.read(select=["region"])
