"""The ways to ask: Object Query, Data Query, ZOQL and AQuA."""

from __future__ import annotations

import csv
import io
from typing import Any

import httpx
import pytest

from tests.platforms.zuora.emulator.requests import data_query, reason
from tests.platforms.zuora.tenant import NOW, Tenant


class TestPaging:
    @pytest.mark.parametrize("size", ["0", "51", "many"])
    def test_object_query_refuses_page_sizes_out_of_range(self, http: httpx.Client, size: str) -> None:
        status, code, _ = reason(http.get("/object-query/accounts", params={"pageSize": size}))
        assert (status, code) == (400, 50000027)

    @pytest.mark.parametrize(
        "params",
        [
            {"filter[]": "nonsense"},
            {"filter[]": "shoesize.EQ:1"},
            {"sort[]": "updateddate"},
            {"cursor": "x"},
            {"filter[]": "updateddate.GE:soon"},
        ],
    )
    def test_object_query_refuses_what_it_cannot_read(self, http: httpx.Client, params: dict[str, str]) -> None:
        assert http.get("/object-query/accounts", params=params).status_code == 400

    def test_object_query_filters(self, http: httpx.Client) -> None:
        def found(*filters: str) -> list[str]:
            rows = http.get("/object-query/products", params={"filter[]": list(filters), "sort[]": "sku.DESC"}).json()["data"]
            return [row["id"] for row in rows]

        assert found() == ["p2", "p1"]
        assert found("sKU.EQ:SKU-0001") == ["p1"]
        assert found("sKU.NE:SKU-0001") == ["p2"]
        assert found("sku.IN:[SKU-0001,SKU-0002]", "name.SW:Plat") == ["p1"]
        assert found("category.EQ:null", "effectivestartdate.LT:2021-01-01") == ["p2", "p1"]
        assert found("updateddate.GT:2026-11-01T00:00:00Z") == []

    def test_nulls_and_fields_are_sent_on_request(self, http: httpx.Client) -> None:
        (bare,) = http.get("/object-query/contacts", params={"contact.fields[]": "id,state,city"}).json()["data"]
        assert bare == {"id": "c1", "city": "Reno"}
        params = {"fields[]": "id,state", "includeNullFields": "true"}
        assert http.get("/object-query/contacts/c1", params=params).json() == {"id": "c1", "state": None}

    def test_object_query_goes_on_by_cursor_and_v1_by_address(self, tenant: Tenant, http: httpx.Client) -> None:
        for i in range(3):
            named = {"invoiceNumber": f"INV{i}", "status": "Draft", "currency": "USD", "amount": 1.0, "balance": 0.0}
            tenant.add("Invoice", id=f"x{i}", accountId="a1", **named)
        cursor = http.get("/object-query/invoices", params={"pageSize": "3"}).json()["nextPage"]
        assert not cursor.startswith("http")
        last = http.get("/object-query/invoices", params={"pageSize": "3", "cursor": cursor}).json()
        assert len(last["data"]) == 1
        assert "nextPage" not in last
        first = http.get("/v1/invoices", params={"pageSize": "3"}).json()
        assert first["nextPage"].startswith(f"{tenant.base_url}/v1/invoices?")
        assert len(http.get(first["nextPage"]).json()["invoices"]) == 1

    def test_v1_lists_hold_at_most_forty(self, http: httpx.Client) -> None:
        assert http.get("/v1/orders", params={"pageSize": "41"}).status_code == 400


class TestDataQuery:
    def test_a_job_goes_through_its_states(self, http: httpx.Client) -> None:
        asked = {"query": "select id from account", "outputFormat": "CSV", "compression": "NONE", "output": {"target": "S3"}}
        job = http.post("/query/jobs", json=asked).json()["data"]
        seen = [job["queryStatus"]] + [http.get(f"/query/jobs/{job['id']}").json()["data"]["queryStatus"] for _ in range(2)]
        assert seen == ["submitted", "in_progress", "completed"]
        assert http.get("/query/jobs", params={"queryStatus": "completed"}).json()["data"][0]["id"] == job["id"]

    def test_a_job_can_be_cancelled(self, http: httpx.Client) -> None:
        asked = {"query": "select id from account", "outputFormat": "CSV", "compression": "NONE", "output": {"target": "S3"}}
        job = http.post("/query/jobs", json=asked).json()["data"]["id"]
        http.delete(f"/query/jobs/{job}")
        assert http.get(f"/query/jobs/{job}").json()["data"]["queryStatus"] == "cancelled"

    def test_names_are_lower_case_unless_quoted(self, http: httpx.Client) -> None:
        job = data_query(http, 'select accountNumber, name as Label, crmid as "crmId" from Account')
        assert httpx.get(job["dataFile"]).json() == {"accountnumber": "A00000101", "label": "Acme", "crmId": "001A"}

    def test_joins_and_aggregates_work(self, http: httpx.Client) -> None:
        query = "select a.name, count(*) as n from account a join invoice i on i.accountid = a.id group by a.name"
        assert httpx.get(data_query(http, query)["dataFile"]).json() == {"name": "Acme", "n": 1}

    def test_the_file_is_behind_a_signature_and_nothing_else(self, tenant: Tenant, http: httpx.Client) -> None:
        link = data_query(http, "select id from account")["dataFile"]
        assert not link.startswith(tenant.base_url), "the vendor's storage is another host"
        assert httpx.get(link, headers={"Authorization": "Bearer x"}).status_code == 400
        assert httpx.get(link[:-1]).status_code == 403

    def test_deleted_rows_are_apart(self, tenant: Tenant, http: httpx.Client) -> None:
        tenant.state.delete("Product", "p2", NOW, by="sandbox")

        def rows(query: str, **changes: Any) -> list[str]:
            job = data_query(http, query, outputFormat="CSV", **changes)
            return httpx.get(job["dataFile"]).text.splitlines()[1:]

        assert rows("select id from product") == ["p1"]
        assert rows("select id from product", readDeleted=True) == ["p2"]
        assert rows("select id, deleted from product order by id") == ["p1,False", "p2,True"]
        assert rows("select id from productrateplanchargetier", readDeleted=True) == ["t2"], "what hangs below goes too"
        tenant.advance(days=31)
        assert rows("select id from product", readDeleted=True) == []

    @pytest.mark.parametrize("query", ["delete from account", "select id from secrets", "select id from"])
    def test_what_is_no_query_is_refused(self, http: httpx.Client, query: str) -> None:
        asked = {"query": query, "outputFormat": "JSON", "compression": "NONE", "output": {"target": "S3"}}
        assert http.post("/query/jobs", json=asked).status_code == 400

    def test_a_query_that_cannot_run_fails(self, http: httpx.Client) -> None:
        assert data_query(http, "select shoesize from account")["queryStatus"] == "failed"


class TestZoql:
    def ask(self, http: httpx.Client, query: str) -> httpx.Response:
        return http.post("/v1/action/query", json={"queryString": query})

    def test_records_carry_the_names_asked_for_and_no_nulls(self, http: httpx.Client) -> None:
        body = self.ask(http, "select Id, SKU, Category from Product where SKU = 'SKU-0001' or SKU = 'SKU-9'").json()
        assert body == {"size": 1, "records": [{"Id": "p1", "SKU": "SKU-0001"}], "done": True}

    def test_times_are_compared_as_times(self, http: httpx.Client) -> None:
        query = "select Id from Product where UpdatedDate >= '2026-10-01T00:00:00-08:00'"
        assert self.ask(http, query).json()["size"] == 2
        assert self.ask(http, query.replace("2026-10-01", "2026-11-01")).json()["size"] == 0

    def test_two_thousand_records_a_reply(self, tenant: Tenant, http: httpx.Client) -> None:
        rows = [(f"m{i}", "2026-11-01T00:00:00Z") for i in range(2100)]
        tenant.state.db.executemany("insert into Contact (id, updatedDate) values (?, ?)", rows)
        first = self.ask(http, "select Id from Contact").json()
        assert (len(first["records"]), first["done"], first["size"]) == (2000, False, 2101)
        rest = http.post("/v1/action/queryMore", json={"queryLocator": first["queryLocator"]}).json()
        assert (len(rest["records"]), rest["done"]) == (101, True)

    @pytest.mark.parametrize(
        "query",
        [
            "select * from Account",
            "select Id from Account order by Id",
            "select count(Id) from Account",
            "select a.Id from Account a join Contact c on c.AccountId = a.Id",
            "select ShoeSize from Account",
            "select Id from Shoe",
        ],
    )
    def test_what_zoql_cannot_say_is_refused(self, http: httpx.Client, query: str) -> None:
        response = self.ask(http, query)
        assert response.status_code == 400
        assert response.json()["Errors"][0]["Code"] == "MALFORMED_QUERY"


class TestAqua:
    def run(self, http: httpx.Client, **changes: Any) -> tuple[dict[str, Any], list[list[str]]]:
        """The finished job and the rows of its only file."""
        queries = [{"name": "products", "query": "select Id, SKU from Product", "type": "zoqlexport"} | changes.pop("query", {})]
        asked = {"format": "csv", "version": "1.2", "name": "q2c", "queries": queries} | changes
        job = http.post("/v1/batch-query/", json=asked).json()
        seen = [job["status"]]
        while seen[-1] not in ("completed", "aborted"):
            job = http.get(f"/v1/batch-query/jobs/{job['id']}").json()
            seen.append(job["status"])
        assert seen[:-1] == ["submitted", "executing"]
        file = job["batches"][0].get("fileId")
        return job, list(csv.reader(io.StringIO(http.get(f"/v1/files/{file}").text))) if file else []

    def test_a_stateless_job_reads_all_every_time(self, http: httpx.Client) -> None:
        for _ in range(2):
            job, rows = self.run(http)
            assert rows == [["Id", "SKU"], ["p1", "SKU-0001"], ["p2", "SKU-0002"]]
            assert (job["batches"][0]["full"], job["batches"][0]["recordCount"]) == (True, 2)

    def test_a_stateful_job_goes_on_with_changes_and_deletes(self, tenant: Tenant, http: httpx.Client) -> None:
        session = {"partner": "q2c", "project": "tests", "query": {"deleted": {"column": "Gone", "format": "Boolean"}}}
        _, rows = self.run(http, **session)
        assert rows == [["Gone", "Id", "SKU"], ["false", "p1", "SKU-0001"], ["false", "p2", "SKU-0002"]]
        tenant.advance(hours=1)
        tenant.state.update("Product", "p1", {"name": "New"}, tenant.at[0], by="sandbox")
        tenant.state.delete("Product", "p2", tenant.at[0], by="sandbox")
        job, rows = self.run(http, **session)
        assert rows == [["Gone", "Id", "SKU"], ["false", "p1", "SKU-0001"], ["true", "p2", "SKU-0002"]]
        assert job["batches"][0]["batchType"] == "incremental"

    def test_a_bad_query_aborts_the_job(self, http: httpx.Client) -> None:
        job, _ = self.run(http, query={"query": "select Nothing from Product"})
        assert (job["status"], job["batches"][0]["status"]) == ("aborted", "aborted")
