"""What the tenant makes of orders, payments and journal entries."""

from __future__ import annotations

from typing import Any

import httpx

from tests.platforms.zuora.emulator.requests import amendment, order, reason
from tests.platforms.zuora.tenant import Tenant


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
