"""The simulated company's customers as business partners: the partner, what is known of it as a customer, and how it is reached."""

from __future__ import annotations

from typing import Any

import polars as pl

from q2c_pipelines.platforms.sap_s4hana import ids
from q2c_pipelines.platforms.sap_s4hana.emulator import chart

_NO = pl.lit(value=False)


def frames(customers: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The rows of these customers, by table."""
    numbers = pl.Series("number", ids.customer_number(customers["customer_no"].to_numpy()), dtype=pl.String)
    known = customers.with_columns(numbers, terms=pl.col("payment_terms").replace_strict(chart.TERMS, return_dtype=pl.String))
    return {
        "A_BusinessPartner": _partner(known),
        "A_BusinessPartnerAddress": _address(known),
        "A_AddressEmailAddress": _reached(known, "email", "EmailAddress", "IsDefaultEmailAddress"),
        "A_AddressPhoneNumber": _reached(known, "phone", "PhoneNumber", "IsDefaultPhoneNumber"),
        "A_BusinessPartnerRole": pl.concat([_role(known, role) for role in ("FLCU00", "FLCU01")]),
        "A_BusinessPartnerTaxNumber": _tax_number(known.filter(pl.col("tax_number").is_not_null())),
        "A_Customer": _customer(known),
        "A_CustomerCompany": _company(known),
        "A_CustomerSalesArea": _sales_area(known),
        "A_CustSalesPartnerFunc": pl.concat([_function(known, function) for function in ("SP", "BP", "PY", "SH")]),
    }


def _made() -> dict[str, Any]:
    return {"CreationDate": pl.col("erp_created_at").dt.date()}


def _partner(known: pl.DataFrame) -> pl.DataFrame:
    return known.select(
        BusinessPartner="number",
        Customer="number",
        BusinessPartnerCategory=pl.lit("2"),
        BusinessPartnerGrouping=pl.lit("BP02"),
        BusinessPartnerFullName="name",
        BusinessPartnerName="name",
        OrganizationBPName1="name",
        BusinessPartnerIDByExtSystem="crm_id",
        BusinessPartnerIsBlocked=_NO,
        IsMarkedForArchiving=_NO,
        **_made(),
        CreationTime=pl.col("erp_created_at").dt.strftime("%H:%M:%S"),
        ETag=pl.col("erp_created_at").dt.strftime("%Y%m%d%H%M%S.0000000"),
    )


def _address(known: pl.DataFrame) -> pl.DataFrame:
    return known.select(
        _key=pl.format("{}/{}", "number", "number"),
        BusinessPartner="number",
        AddressID="number",
        FullName="name",
        StreetName="street",
        CityName="city",
        PostalCode="postal_code",
        Region="state",
        Country="country",
    )


def _reached(known: pl.DataFrame, column: str, field: str, default: str) -> pl.DataFrame:
    key: dict[str, Any] = {
        "_key": pl.format("{}//1", "number"),
        "AddressID": "number",
        "Person": pl.lit(""),
        "OrdinalNumber": pl.lit("1"),
    }
    return known.filter(pl.col(column).is_not_null()).select(**key, **{default: pl.lit(value=True), field: pl.col(column)})


def _role(known: pl.DataFrame, role: str) -> pl.DataFrame:
    return known.select(
        _key=pl.format("{}/" + role, "number"),
        BusinessPartner="number",
        BusinessPartnerRole=pl.lit(role),
        ValidFrom="erp_created_at",
    )


def _tax_number(known: pl.DataFrame) -> pl.DataFrame:
    tax = pl.format("{}0", "country")
    kind: dict[str, Any] = {"_key": pl.format("{}/{}", "number", tax), "BusinessPartner": "number", "BPTaxType": tax}
    return known.select(**kind, BPTaxNumber="tax_number")


def _customer(known: pl.DataFrame) -> pl.DataFrame:
    return known.select(
        Customer="number",
        CustomerName="name",
        CustomerFullName="name",
        PostingIsBlocked=_NO,
        DeletionIndicator=_NO,
        VATRegistration="tax_number",
        **_made(),
    )


def _company(known: pl.DataFrame) -> pl.DataFrame:
    return known.select(
        _key=pl.format("{}/" + chart.COMPANY, "number"),
        Customer="number",
        CompanyCode=pl.lit(chart.COMPANY),
        PaymentTerms="terms",
        ReconciliationAccount=pl.lit(chart.SETTINGS["reconciliation_account"]),
        DeletionIndicator=_NO,
    )


_AREA: dict[str, Any] = {
    "Customer": "number",
    "SalesOrganization": pl.lit(chart.SALES_ORGANIZATION),
    "DistributionChannel": pl.lit(chart.CHANNEL),
    "Division": pl.lit(chart.DIVISION),
}
_AREA_KEY = f"{{}}/{chart.SALES_ORGANIZATION}/{chart.CHANNEL}/{chart.DIVISION}"


def _sales_area(known: pl.DataFrame) -> pl.DataFrame:
    return known.select(
        _key=pl.format(_AREA_KEY, "number"),
        **_AREA,
        Currency="currency",
        CustomerPaymentTerms="terms",
        DeletionIndicator=_NO,
    )


def _function(known: pl.DataFrame, function: str) -> pl.DataFrame:
    return known.select(
        _key=pl.format(f"{_AREA_KEY}/0/{function}", "number"),
        **_AREA,
        PartnerCounter=pl.lit("0"),
        PartnerFunction=pl.lit(function),
        BPCustomerNumber="number",
        DefaultPartner=_NO,
    )
