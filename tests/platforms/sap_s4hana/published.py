"""What the vendor publishes of its services: entity types with their properties, SOAP types with their elements in sequence."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

Links = dict[tuple[str, str], str]
_SAP = "{http://www.sap.com/Protocols/SAPData}"
_FACT = re.compile(r"(\w+)(?:\((\d+)?(?:,\d+)?\))?")
_TEXT = re.compile(r"(?:token|string)\((<?=)(\d+)\)")


@dataclass(frozen=True)
class Property:
    """One property of a published entity type."""

    type: str
    size: int
    is_creatable: bool = True
    is_etag: bool = False


@dataclass(frozen=True)
class Type:
    """A published entity type."""

    key: tuple[str, ...]
    properties: dict[str, Property]
    links: frozenset[str]


@cache
def types(folder: Path) -> dict[str, Type]:
    """Every entity type by its set's name."""
    found = {}
    for file in sorted(folder.glob("*.edmx")):
        for each in ElementTree.parse(file).getroot().iter():
            if each.tag.endswith("}EntityType"):
                found[each.attrib["Name"].removesuffix("Type")] = _type(each)
    facts = json.loads((folder / "odata_v2_facts_billing_journal.json").read_text())["services"]
    return found | {name: _fact(each) for service in facts.values() for name, each in service["entity_sets"].items()}


def _type(each: Element) -> Type:
    named = [(child.tag.rpartition("}")[2], child) for child in each]
    key = tuple(ref.attrib["Name"] for tag, child in named if tag == "Key" for ref in child)
    properties = {child.attrib["Name"]: _property(child.attrib) for tag, child in named if tag == "Property"}
    return Type(key, properties, frozenset(child.attrib["Name"] for tag, child in named if tag == "NavigationProperty"))


def _property(said: dict[str, str]) -> Property:
    size = int(said.get("MaxLength", "0"))
    return Property(said["Type"], size, said.get(f"{_SAP}creatable") != "false", said.get("ConcurrencyMode") == "Fixed")


def _fact(each: dict[str, Any]) -> Type:
    properties = {}
    for name, said in each["properties"].items():
        kind, _, flags = said.partition(" ")
        match = _FACT.fullmatch(kind)
        assert match, said
        properties[name] = Property(f"Edm.{match[1]}", int(match[2] or 0) if match[1] == "String" else 0, True, "etag" in flags)
    return Type(tuple(each["key"]), properties, frozenset(each["nav"]))


def wrong_in_body(known: dict[str, Type], entity: str, body: dict[str, Any], links: Links) -> list[str]:
    """What a request's body has that its entity type has not; `links` says where a navigation property leads."""
    wrong = []
    for name, value in body.items():
        declared = known[entity].properties.get(name)
        if name in known[entity].links:
            nested = value.get("results", [value])
            wrong += [each for one in nested for each in wrong_in_body(known, links[entity, name], one, links)]
        elif declared is None:
            wrong += [] if name.startswith("YY1_") else [f"{entity}.{name}"]
        elif not declared.is_creatable or (declared.size and len(value) > declared.size):
            wrong.append(f"{entity}.{name} = {value}")
    return wrong


def wrong_in_message(schema: dict[str, Any], kind: str, element: Element) -> list[str]:
    """Where an element differs from its published type: names, sequence, how often, length."""
    declared = schema.get(kind)
    if not isinstance(declared, list):
        return _wrong_text(declared["value"] if declared else kind, element)
    names = [each["name"] for each in declared]
    given = [child.tag for child in element]
    wrong = [f"{element.tag}: {name} is not known" for name in given if name not in names]
    if not wrong and [names.index(name) for name in given] != sorted(names.index(name) for name in given):
        wrong.append(f"{element.tag}: out of sequence")
    for each in declared:
        children = element.findall(each["name"])
        least, _, most = each["card"].partition("..")
        if len(children) < int(least) or (most != "*" and len(children) > int(most)):
            wrong.append(f"{element.tag}: {len(children)} times {each['name']}")
        wrong += [fault for child in children for fault in wrong_in_message(schema, each["type"], child)]
    return wrong


def _wrong_text(kind: str, element: Element) -> list[str]:
    match, said = _TEXT.fullmatch(kind), element.text or ""
    fits = match is None or (len(said) == int(match[2]) if match[1] == "=" else len(said) <= int(match[2]))
    return [] if fits and not len(element) else [f"{element.tag} = {said}"]
