"""The rules of the vendor that the emulated tenant keeps, each met over HTTP as any client would meet it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.platforms.zuora.tenant import CREDENTIALS, NOW, Tenant


@pytest.fixture
def http(tenant: Tenant) -> Iterator[httpx.Client]:
    with tenant.http() as http:
        yield http


def token(tenant: Tenant, **changes: str) -> httpx.Response:
    form = CREDENTIALS | {"grant_type": "client_credentials"} | changes
    return httpx.post(f"{tenant.base_url}/oauth/token", data=form)


def order(number: str = "O-1", subscription: str = "S-1", *, plan: str = "prp1", **create: Any) -> dict[str, Any]:
    term = {"startDate": "2026-11-01", "period": 12, "periodType": "Month", "termType": "TERMED"}
    created = {"subscriptionNumber": subscription, "terms": {"initialTerm": term}} | create
    created.setdefault("subscribeToRatePlans", [{"productRatePlanId": plan}])
    action = {"type": "CreateSubscription", "createSubscription": created}
    action["triggerDates"] = [{"name": "ContractEffective", "triggerDate": "2026-11-01"}]
    return {
        "orderDate": "2026-11-01",
        "orderNumber": number,
        "existingAccountNumber": "A00000101",
        "subscriptions": [{"orderActions": [action]}],
    }


def amendment(kind: str, on: str, payload: dict[str, Any]) -> dict[str, Any]:
    """An order with one action on S-1."""
    action = {"type": kind, kind[0].lower() + kind[1:]: payload, "triggerDates": [{"name": "ContractEffective", "triggerDate": on}]}
    changed = [{"subscriptionNumber": "S-1", "orderActions": [action]}]
    return {"orderDate": on, "existingAccountNumber": "A00000101", "subscriptions": changed}


def reason(response: httpx.Response) -> tuple[int, int, str]:
    """Status, code and words of a refusal."""
    (found,) = response.json()["reasons"]
    return response.status_code, found["code"], found["message"]


class TestAccess:
    def test_a_token_lives_an_hour(self, tenant: Tenant) -> None:
        given = token(tenant).json()
        assert (given["token_type"], given["expires_in"]) == ("bearer", 3599)
        headers = {"Authorization": f"Bearer {given['access_token']}"}
        path = f"{tenant.base_url}/v1/accounts/a1"
        assert httpx.get(path, headers=headers).status_code == 200
        tenant.advance(hours=1)
        status, code, _ = reason(httpx.get(path, headers=headers))
        assert (status, code) == (401, 90000011)

    @pytest.mark.parametrize("changes", [{"client_secret": "x"}, {"client_id": "x"}])
    def test_only_the_tenants_client_gets_a_token(self, tenant: Tenant, changes: dict[str, str]) -> None:
        assert token(tenant, **changes).status_code == 401

    def test_nothing_answers_without_a_token(self, tenant: Tenant) -> None:
        assert httpx.get(f"{tenant.base_url}/object-query/accounts").status_code == 401

    def test_replies_can_be_traced(self, http: httpx.Client) -> None:
        headers = http.get("/v1/accounts/a1", headers={"Zuora-Track-Id": "run-7"}).headers
        assert headers["Zuora-Track-Id"] == "run-7"
        assert headers["Zuora-Request-Id"]


class TestRefusals:
    def test_an_unknown_key_is_refused_with_status_200(self, http: httpx.Client) -> None:
        response = http.get("/v1/accounts/A999")
        assert reason(response) == (200, 50100040, "Cannot find entity by key: 'A999' (Account).")
        assert response.json()["success"] is False

    def test_a_missing_field_is_named(self, http: httpx.Client) -> None:
        status, code, message = reason(http.post("/v1/accounts", json={"name": "x"}))
        assert (status, code) == (200, 50100022)
        assert "'currency'" in message

    def test_crud_refusals_begin_with_capitals(self, http: httpx.Client) -> None:
        body = http.put("/v1/object/product/p1", json={"Nonsense": 1}).json()
        assert body == {"Success": False, "Errors": [{"Code": "INVALID_FIELD", "Message": "invalid field: Nonsense"}]}

    def test_malformed_json_is_a_refusal(self, http: httpx.Client) -> None:
        status, code, _ = reason(http.post("/v1/accounts", content=b"{"))
        assert (status, code) == (400, 50100090)


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


class TestOrders:
    def test_an_order_is_all_or_nothing(self, tenant: Tenant, http: httpx.Client) -> None:
        asked = order()
        asked["subscriptions"] += order(subscription="S-2", plan="nowhere")["subscriptions"]
        assert http.post("/v1/orders", json=asked).json()["success"] is False
        for table in ("Orders", "Subscription", "RatePlan", "RatePlanCharge", "RatePlanChargeTier"):
            assert tenant.state.select(f"select * from {table}") == []

    def test_numbers_are_taken_once(self, http: httpx.Client) -> None:
        assert http.post("/v1/orders", json=order()).json()["success"] is True
        assert "O-1 already exists" in reason(http.post("/v1/orders", json=order(subscription="S-2")))[2]
        assert "S-1 already exists" in reason(http.post("/v1/orders", json=order("O-2")))[2]

    def test_a_price_must_fit_the_charge(self, http: httpx.Client) -> None:
        override = {"productRatePlanChargeId": "prpc1", "pricing": {"oneTimePerUnit": {"listPrice": 1}}}
        plans = [{"productRatePlanId": "prp1", "chargeOverrides": [override]}]
        assert "oneTimePerUnit does not fit" in reason(http.post("/v1/orders", json=order(subscribeToRatePlans=plans)))[2]

    def test_a_change_writes_a_new_version_with_new_ids(self, tenant: Tenant, http: httpx.Client) -> None:
        made = http.post("/v1/orders", params={"returnIds": "true"}, json=order()).json()
        tenant.advance(hours=1)
        shown = http.get("/v1/subscriptions/S-1").json()
        (plan,) = shown["ratePlans"]
        (charge,) = plan["ratePlanCharges"]
        pricing = {"recurringPerUnit": {"quantity": 7}}
        change = {"ratePlanId": plan["id"], "chargeUpdates": [{"chargeNumber": charge["number"], "pricing": pricing}]}
        body = amendment("UpdateProduct", "2027-02-01", change)
        assert http.post("/v1/orders", json=body).json()["success"] is True

        old, new = tenant.state.select("select * from Subscription order by version")
        assert (old["id"], old["status"], old["isLatestVersion"]) == (made["subscriptionIds"][0], "Expired", 0)
        assert (new["status"], new["isLatestVersion"], new["previousSubscriptionId"]) == ("Active", 1, old["id"])
        assert old["updatedDate"] == new["updatedDate"] == "2026-11-01T09:00:00Z", "the old version's stamp moves too"
        first, second = tenant.state.select("select * from RatePlanCharge where subscriptionId = ? order by segment", (new["id"],))
        assert (first["quantity"], first["effectiveEndDate"], first["isLastSegment"]) == (1, "2027-02-01", 0)
        assert (second["quantity"], second["effectiveStartDate"], second["isLastSegment"]) == (7, "2027-02-01", 1)
        assert charge["number"] == first["chargeNumber"] == second["chargeNumber"]

    def test_a_cancelled_subscription_takes_no_more_orders(self, tenant: Tenant, http: httpx.Client) -> None:
        http.post("/v1/orders", json=order())
        body = amendment("CancelSubscription", "2026-12-01", {"cancellationPolicy": "EndOfCurrentTerm"})
        assert http.post("/v1/orders", json=body).json()["success"] is True
        assert "S-1 is Cancelled" in reason(http.post("/v1/orders", json=body))[2]


KEY = {"Idempotency-Key": "k1"}


class TestIdempotency:
    def test_the_first_success_is_replayed(self, tenant: Tenant, http: httpx.Client) -> None:
        first, second = (http.post("/v1/orders", json=order(), headers=KEY).json() for _ in range(2))
        assert first == second
        assert len(tenant.state.select("select 1 from Orders")) == 1

    def test_the_first_refusal_is_replayed_for_a_day(self, tenant: Tenant, http: httpx.Client) -> None:
        body = order() | {"existingAccountNumber": "A00000102"}
        assert http.post("/v1/orders", json=body, headers=KEY).json()["success"] is False
        tenant.state.update("Account", "a1", {"accountNumber": "A00000102"}, NOW, by="sandbox")
        assert http.post("/v1/orders", json=body, headers=KEY).json()["success"] is False
        tenant.advance(hours=25)
        assert http.post("/v1/orders", json=body, headers=KEY).json()["success"] is True

    def test_a_key_belongs_to_one_operation(self, http: httpx.Client) -> None:
        http.post("/v1/orders", json=order(), headers=KEY)
        assert http.post("/v1/accounts", json={}, headers=KEY).status_code == 422

    def test_a_repeat_of_one_still_running_conflicts(self, tenant: Tenant, http: httpx.Client) -> None:
        running = ("k1", "POST", "/v1/orders", NOW.isoformat())
        tenant.state.db.execute("insert into _idempotency values (?, ?, ?, null, null, ?)", running)
        assert http.post("/v1/orders", json=order(), headers=KEY).status_code == 409


def data_query(http: httpx.Client, query: str, **changes: Any) -> dict[str, Any]:
    """The job as it is at last."""
    asked = {"query": query, "outputFormat": "JSON", "compression": "NONE", "output": {"target": "S3"}} | changes
    job: dict[str, Any] = http.post("/query/jobs", json=asked).json()["data"]
    while job["queryStatus"] not in ("completed", "failed"):
        job = http.get(f"/query/jobs/{job['id']}").json()["data"]
    return job


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


class TestMoney:
    def test_an_invoice_is_not_overpaid(self, tenant: Tenant, http: httpx.Client) -> None:
        body = {"accountId": "a1", "amount": 300, "currency": "USD", "type": "External", "paymentMethodType": "Cash"}
        body["invoices"] = [{"invoiceId": "i1", "amount": 300}]
        assert reason(http.post("/v1/payments", json=body))[1] == 58200030
        assert tenant.state.select("select * from Payment") == []

    def test_money_taken_off_again_is_owed_again(self, tenant: Tenant, http: httpx.Client) -> None:
        body = {"accountId": "a1", "amount": 250, "currency": "USD", "type": "External", "paymentMethodType": "Cash"}
        made = http.post("/v1/payments", json=body | {"invoices": [{"invoiceId": "i1", "amount": 250}]}).json()
        assert "is applied" in reason(http.put(f"/v1/payments/{made['id']}/cancel"))[2]
        taken = http.put(f"/v1/payments/{made['id']}/unapply", json={"invoices": [{"invoiceId": "i1", "amount": 250}]}).json()
        assert taken["unappliedAmount"] == 250
        assert http.get("/v1/invoices/INV00000001").json()["balance"] == 250
        assert http.put(f"/v1/payments/{made['id']}/cancel").json()["status"] == "Canceled"

    def test_a_planted_loss_of_a_payment_moves_the_same_balances(self, tenant: Tenant, http: httpx.Client) -> None:
        body = {"accountId": "a1", "amount": 250, "currency": "USD", "type": "External", "paymentMethodType": "Cash"}
        made = http.post("/v1/payments", json=body | {"invoices": [{"invoiceId": "i1", "amount": 250}]}).json()
        tenant.advance(hours=1)
        tenant.state.delete("Payment", made["id"], tenant.at[0], by="sandbox")
        invoice, account = tenant.state.get("Invoice", "i1"), tenant.state.get("Account", "a1")
        assert invoice
        assert account
        assert (invoice["balance"], invoice["updatedDate"]) == (250, "2026-11-01T09:00:00Z")
        assert (account["balance"], account["updatedDate"]) == (250, "2026-11-01T09:00:00Z")


ENTRY: dict[str, Any] = {
    "accountingPeriodName": "Nov 2026",
    "currency": "USD",
    "journalEntryDate": "2026-11-30",
    "journalEntryItems": [
        {"accountingCodeName": "Deferred Revenue", "type": "Debit", "amount": "100.00"},
        {"accountingCodeName": "Subscription Revenue", "type": "Credit", "amount": "100.00"},
    ],
}


class TestJournals:
    def period(self, http: httpx.Client) -> str:
        periods = http.get("/v1/accounting-periods").json()["accountingPeriods"]
        return next(str(each["id"]) for each in periods if each["name"] == "Nov 2026")

    def test_a_closed_period_takes_no_entries_until_reopened(self, http: httpx.Client) -> None:
        period = self.period(http)
        assert http.put(f"/v1/accounting-periods/{period}/close").json()["success"] is True
        assert reason(http.post("/v1/journal-entries", json=ENTRY)) == (
            200,
            52000030,
            "The accounting period Nov 2026 is Closed; no entries are accepted.",
        )
        http.put(f"/v1/accounting-periods/{period}/reopen")
        made = http.post("/v1/journal-entries", json=ENTRY).json()["journalEntryNumber"]
        assert http.get(f"/v1/journal-entries/{made}").json()["status"] == "Created"
        http.put(f"/v1/journal-entries/{made}/cancel")
        assert http.get(f"/v1/journal-entries/{made}").json()["status"] == "Cancelled"

    def test_an_entry_balances(self, http: httpx.Client) -> None:
        items = [ENTRY["journalEntryItems"][0]]
        assert "must be equal" in reason(http.post("/v1/journal-entries", json=ENTRY | {"journalEntryItems": items}))[2]
