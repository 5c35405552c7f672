"""How two accounts of customers are compared: each comparison with its levels, from the most alike to the least.

A level whose `m` is given is knowledge, not learnt: what hardly ever is so of one company and itself.
"""

from __future__ import annotations

import json
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from q2c_pipelines.canonical.identity.linkage import Kind, Settings, Weights

THRESHOLD = 6.63  # the match weight from which two accounts are one: odds of 99 to 1
SUREST = 0.9999  # what a link is ever said to be: only a reference or a person is sure
LEAST_TOLD = 0.0  # match weight of a pair that is remembered, whether or not it is a link
_NEVER = 1e-30  # whatever else is alike: a group's companies share address, telephone and domain


def settings() -> Settings:
    """Splink's settings before anything was learnt."""
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "account",
        "comparisons": deepcopy(_COMPARISONS),
        "blocking_rules_to_generate_predictions": deepcopy(_BLOCKS),
        "retain_intermediate_calculation_columns": True,
        "retain_matching_columns": True,
        "additional_columns_to_retain": ["name"],
    }


def _level(sql: str, label: str, **known: Any) -> dict[str, Any]:
    return {"sql_condition": sql, "label_for_charts": label} | known


def _null(sql: str) -> dict[str, Any]:
    return {"sql_condition": sql, "label_for_charts": "not known of both", "is_null_level": True}


def _knowledge(m: float) -> dict[str, Any]:
    return {"m_probability": m, "fix_m_probability": True}


def _start(m: float) -> dict[str, Any]:
    """Where learning begins, and where it stays for what was not met."""
    return {"m_probability": m}


def _exact(column: str, label: str, m: float) -> dict[str, Any]:
    frequency = {"m_probability": m} | {"tf_adjustment_column": column, "tf_adjustment_weight": 1.0, "tf_minimum_u_value": 0.0001}
    return _level(f'"{column}_l" = "{column}_r"', label) | frequency


def _comparison(name: str, description: str, *levels: dict[str, Any]) -> dict[str, Any]:
    return {"output_column_name": name, "comparison_description": description, "comparison_levels": list(levels)}


_COMMON = "len(list_intersect(words_l, words_r))"
_ALL = "len(list_distinct(list_concat(words_l, words_r)))"
_COMPARISONS = [
    _comparison(
        "name",
        "what it is called, without its legal form and the unit of the group",
        _null("compact_l is null or compact_r is null"),
        _exact("compact", "the same name", 0.6),
        _level(
            "sorted_words_l = sorted_words_r or list_has_any(names_l, names_r)",
            "the same words, or another name of it",
            **_start(0.1),
        ),
        _level(
            "damerau_levenshtein(compact_l, compact_r) <= case when least(len(compact_l), len(compact_r)) >= 10 then 2 else 1 end "
            "or (jaro_winkler_similarity(sorted_words_l, sorted_words_r) >= 0.96 and len(words_l) = len(words_r))",
            "a typing error apart",
            **_start(0.25),
        ),
        _level(
            f"initials_l = compact_r or initials_r = compact_l or 3 * {_COMMON} >= 2 * {_ALL}",
            "initials, or most words",
            **_start(0.02),
        ),
        _level(
            f"2 * {_COMMON} >= {_ALL} or jaro_winkler_similarity(compact_l, compact_r) >= 0.9",
            "half of the words, or alike",
            **_start(0.03),
        ),
        _level("ELSE", "another name", **_knowledge(1e-9)),
    ),
    _comparison(
        "subsidiary",
        "which country's company of a group it is, by its name",
        _null("len(places_l) = 0 and len(places_r) = 0"),
        _level("places_l = places_r", "of the same country", **_start(0.9)),
        _level("len(places_l) = 0 or len(places_r) = 0", "only one names a country", **_knowledge(0.1)),
        _level("ELSE", "of another country", **_knowledge(_NEVER)),
    ),
    _comparison(
        "division",
        "which division of a group it is, by its name",
        _null("len(divisions_l) = 0 and len(divisions_r) = 0"),
        _level("divisions_l = divisions_r", "the same division", **_start(0.99)),
        _level("ELSE", "another division", **_knowledge(_NEVER)),
    ),
    _comparison(
        "form",
        "its legal form",
        _null("form_l is null or form_r is null"),
        _level("form_l = form_r", "the same form", **_start(0.9)),
        _level("ELSE", "another form", **_start(0.1)),
    ),
    _comparison(
        "tax_number",
        "the number under which it is taxed",
        _null("tax_number_l is null or tax_number_r is null"),
        _level("tax_number_l = tax_number_r", "the same number", **_start(0.97)),
        _level("damerau_levenshtein(tax_number_l, tax_number_r) <= 1", "one digit apart", **_start(0.02)),
        _level("ELSE", "another number", **_knowledge(0.002)),
    ),
    _comparison(
        "email",
        "its address, and the domain of it that is its own",
        _null("email_l is null or email_r is null or (email_l <> email_r and (email_domain_l is null or email_domain_r is null))"),
        _level("email_l = email_r", "the same address", **_start(0.4)),
        _exact("email_domain", "the same domain of its own", 0.5),
        _level("damerau_levenshtein(email_domain_l, email_domain_r) <= 2", "a typing error apart", **_start(0.02)),
        _level("ELSE", "another domain", **_start(0.08)),
    ),
    _comparison(
        "phone",
        "its number",
        _null("phone_l is null or phone_r is null"),
        _exact("phone", "the same number", 0.85),
        _level("damerau_levenshtein(phone_l, phone_r) <= 1", "one digit apart", **_start(0.02)),
        _level("ELSE", "another number", **_start(0.13)),
    ),
    _comparison(
        "street",
        "street, and postal code or town",
        _null("street_l is null or street_r is null"),
        _exact("street", "the same street and number", 0.8),
        _level("jaro_winkler_similarity(street_l, street_r) >= 0.92", "a typing error apart", **_start(0.08)),
        _level("ELSE", "another street", **_start(0.12)),
    ),
    _comparison(
        "place",
        "postal code and town",
        _null("coalesce(postal_code_l, city_l) is null or coalesce(postal_code_r, city_r) is null"),
        _exact("postal_code", "the same postal code", 0.85),
        _level(
            "city_l = city_r or damerau_levenshtein(postal_code_l, postal_code_r) <= 1",
            "the same town, or a digit apart",
            **_start(0.1),
        ),
        _level("ELSE", "another place", **_start(0.05)),
    ),
    _comparison(
        "country",
        "its country",
        _null("country_l is null or country_r is null"),
        _level("country_l = country_r", "the same country", **_start(0.98)),
        _level("ELSE", "another country", **_start(0.02)),
    ),
]
_ASKED = "(l.due or r.due) and (l.legal_entity = r.legal_entity or l.legal_entity is null or r.legal_entity is null)"
_BLOCKS = [
    {"blocking_rule": f"({rule}) and {_ASKED}", "sql_dialect": "duckdb"}
    for rule in (
        "l.compact = r.compact",
        "l.sorted_words = r.sorted_words",
        "l.tax_number = r.tax_number",
        "l.email = r.email",
        "l.email_domain = r.email_domain",
        "l.phone = r.phone",
        "l.street = r.street and l.postal_code = r.postal_code",
        "l.names[1] = r.names[1]",
        "l.names[2] = r.names[1]",
        "l.names[1] = r.names[2]",
        "left(l.compact, 5) = left(r.compact, 5) and l.country = r.country",
        "left(l.compact, 3) = left(r.compact, 3) and l.postal_code = r.postal_code",
        "left(l.compact, 3) = left(r.compact, 3) and l.city = r.city",
        "l.words[1] = r.words[1] and l.postal_code = r.postal_code",
    )
]
CUSTOMERS = Kind(
    settings=settings,
    certain=[
        "l.compact = r.compact and l.phone = r.phone",
        "l.compact = r.compact and l.email_domain = r.email_domain",
        "l.tax_number = r.tax_number",
    ],
    recall=0.8,
    training=["l.compact = r.compact", "l.phone = r.phone", "l.postal_code = r.postal_code and l.street = r.street"],
)


@cache
def shipped() -> Weights:
    """The weights that come with q2c, learnt from made companies: for who has too few of his own to learn from."""
    weights: Weights = json.loads((Path(__file__).parent / "weights.json").read_text())
    return weights
