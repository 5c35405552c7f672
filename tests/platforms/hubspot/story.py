"""A story in which the portal does all it can: every operation, and some that are refused."""

from __future__ import annotations

from typing import Any

import httpx

from tests.platforms.hubspot.conftest import COMPANY, CONTACT, DEAL, EARLY, LINE, ORDER, QUOTE, Portal

_LINK = {"associationCategory": "HUBSPOT_DEFINED"}
_OBJECTS = "/crm/v3/objects"


def everything(portal: Portal, http: httpx.Client) -> None:
    """Told from beginning to end."""
    for chapter in (_looks, _records, _batches, _links, _merges, _definitions, _refusals):
        chapter(portal, http)
        portal.advance(minutes=1)


def _looks(portal: Portal, http: httpx.Client) -> None:
    for kind in ("companies", "contacts", "deals", "products", "line_items", "quotes", "orders"):
        http.get(f"{_OBJECTS}/{kind}", params={"limit": 1})
        http.post(f"{_OBJECTS}/{kind}/search", json={"limit": 1})
    http.get(f"{_OBJECTS}/quotes/{QUOTE}", params={"associations": "deals,line_items", "properties": "hs_title,hs_currency"})
    http.get(f"{_OBJECTS}/companies", params={"archived": "true"})
    found = {"propertyName": "hs_lastmodifieddate", "operator": "GTE", "value": "1"}
    sort = {"propertyName": "hs_object_id", "direction": "ASCENDING"}
    http.post(
        f"{_OBJECTS}/deals/search", json={"filterGroups": [{"filters": [found]}], "sorts": [sort], "after": "0", "limit": 200}
    )


def _records(portal: Portal, http: httpx.Client) -> None:
    linked = {"to": {"id": str(COMPANY)}, "types": [_LINK | {"associationTypeId": 279}]}
    made = http.post(f"{_OBJECTS}/contacts", json={"properties": {"email": "new@maple.example"}, "associations": [linked]}).json()
    http.patch(f"{_OBJECTS}/contacts/{made['id']}", json={"properties": {"firstname": "Ada"}})
    http.post(f"{_OBJECTS}/contacts/gdpr-delete", json={"objectId": made["id"]})
    http.patch(f"{_OBJECTS}/orders/{ORDER}", json={"properties": {"hs_external_order_id": "SO1"}})
    order = http.post(f"{_OBJECTS}/orders", json={"properties": {"hs_order_name": "Another"}}).json()
    http.delete(f"{_OBJECTS}/orders/{order['id']}")
    http.get(f"{_OBJECTS}/orders", params={"archived": "true"})


def _batches(portal: Portal, http: httpx.Client) -> None:
    path = f"{_OBJECTS}/companies/batch"
    asked: dict[str, Any] = {"properties": ["name"], "propertiesWithHistory": []}
    http.post(f"{path}/read", json={"inputs": [{"id": str(COMPANY)}]} | asked)
    http.post(f"{path}/read", json={"inputs": [{"id": str(COMPANY)}, {"id": "1"}]} | asked)
    named = {"properties": {"name": "A"}}
    made = http.post(f"{path}/create", json={"inputs": [named]}).json()["results"][0]["id"]
    odd = {"properties": {"colour": "red"}, "objectWriteTraceId": "2"}
    http.post(f"{path}/create", json={"inputs": [named | {"objectWriteTraceId": "1"}, odd]})
    http.post(f"{path}/update", json={"inputs": [named | {"id": made}]})
    http.post(f"{path}/update", json={"inputs": [named | {"id": made}, named | {"id": "1"}]})
    http.post(f"{path}/upsert", json={"inputs": [named | {"id": "R-1", "idProperty": "external_ref", "objectWriteTraceId": "3"}]})
    wrong = odd | {"id": "R-2", "idProperty": "external_ref"}
    http.post(
        f"{path}/upsert", json={"inputs": [named | {"id": "R-1", "idProperty": "external_ref", "objectWriteTraceId": "1"}, wrong]}
    )
    http.post(f"{path}/archive", json={"inputs": [{"id": made}]})


def _links(portal: Portal, http: httpx.Client) -> None:
    portal.add("deals", 8002, EARLY, dealname="Alone")
    one, many = "/crm/v4/objects/deals/8002/associations", "/crm/v4/associations/deals/companies"
    http.post(f"{many}/batch/read", json={"inputs": [{"id": str(DEAL)}, {"id": "8002"}]})
    http.post(f"{many}/batch/read", json={"inputs": [{"id": str(DEAL)}]})
    http.put(f"{one}/default/companies/{COMPANY}")
    http.put(f"{one}/companies/{COMPANY}", json=[_LINK | {"associationTypeId": 5}])
    http.get(f"{one}/companies", params={"limit": 1})
    http.delete(f"{one}/companies/{COMPANY}")
    ends = {"from": {"id": "8002"}, "to": {"id": str(COMPANY)}}
    http.post(f"{many}/batch/create", json={"inputs": [ends | {"types": [_LINK | {"associationTypeId": 341}]}]})
    http.post(f"{many}/batch/associate/default", json={"inputs": [ends]})
    http.post(f"{many}/batch/archive", json={"inputs": [ends | {"to": [ends["to"]]}]})
    http.get(f"{many}/labels")


def _merges(portal: Portal, http: httpx.Client) -> None:
    for kind, first, other in (("companies", COMPANY, 7002), ("contacts", CONTACT, 52), ("deals", DEAL, 8003)):
        portal.add(kind, other, EARLY)
        http.post(f"{_OBJECTS}/{kind}/merge", json={"primaryObjectId": str(first), "objectIdToMerge": str(other)})
        http.get(f"{_OBJECTS}/{kind}/{other}")


def _definitions(portal: Portal, http: httpx.Client) -> None:
    said = {"name": "region", "label": "Region", "type": "enumeration", "fieldType": "select", "groupName": "companyinformation"}
    options = [{"label": "East", "value": "east", "displayOrder": 0, "hidden": False}]
    http.post("/crm/v3/properties/companies", json=said | {"options": options})
    http.get("/crm/v3/properties/companies")
    http.get("/crm/v3/properties/companies/region")
    for kind, pipeline in (("deals", "default"), ("orders", "14a2e10e-5471-408a-906e-c51f3b04369e")):
        http.get(f"/crm/v3/pipelines/{kind}")
        http.get(f"/crm/v3/pipelines/{kind}/{pipeline}")
        http.get(f"/crm/v3/pipelines/{kind}/{pipeline}/stages")


def _refusals(portal: Portal, http: httpx.Client) -> None:
    http.get(f"{_OBJECTS}/deals/1")
    http.patch(f"{_OBJECTS}/line_items/{LINE}", json={"properties": {"amount": "1"}})
    http.patch(f"{_OBJECTS}/quotes/{QUOTE}", json={"properties": {"hs_title": "Other"}})
    http.post(f"{_OBJECTS}/deals/search", json={"limit": 500})
    http.post(f"{_OBJECTS}/contacts", json={"properties": {"email": "ap@maple.example"}})
    for kind in ("rate_limit", "expired_token", "server_error"):
        portal.fault(kind)
        http.get(f"{_OBJECTS}/deals")
