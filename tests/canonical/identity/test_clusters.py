"""Whose customer an account is follows from references, decisions and links, and stays while it shares an account."""

from __future__ import annotations

from q2c_pipelines.canonical.identity.clusters import Account, Assigned, Link, joined, one_to_one, resolve
from q2c_pipelines.canonical.identity.overrides import Override

CRM_1, CRM_2 = Account("crm:1", "crm:1", "2026-01-01"), Account("crm:2", "crm:2", "2026-01-02")
ERP_1, ERP_2 = Account("erp:1", "crm:1", "2026-02-01"), Account("erp:2", "crm:2", "2026-02-02")
LONE, OTHER, THIRD = (Account(f"bill:{name}", None, f"2026-03-0{n}") for n, name in enumerate("abc", 1))
KNOWN = [CRM_1, CRM_2, ERP_1, ERP_2]


def _link(one: str, other: str, weight: float = 20.0) -> Link:
    return Link(one, other, weight, 0.9990)


def test_an_account_without_a_reference_is_its_customers_by_the_strongest_link() -> None:
    links = [_link("bill:a", "erp:1"), _link("bill:a", "crm:2", 12.0)]
    assert resolve([*KNOWN, LONE], links, [], {}) == [Assigned("bill:a", "crm:1", "linked", 0.9990)]


def test_an_account_that_might_be_of_either_of_two_is_of_neither() -> None:
    assert resolve([*KNOWN, LONE], [_link("bill:a", "erp:1", 20.0), _link("bill:a", "crm:2", 19.5)], [], {}) == []


def test_two_customers_of_the_crm_are_made_one_by_a_person_alone() -> None:
    assert resolve(KNOWN, [_link("crm:1", "crm:2", 60.0)], [], {}) == []
    merge = [Override("merge", "crm:2", "crm:1")]
    assert resolve(KNOWN, [], merge, {}) == [Assigned("crm:2", "crm:1", "merged", 1.0), Assigned("erp:2", "crm:1", "merged", 1.0)]


def test_two_accounts_are_not_made_one_by_way_of_a_third_that_is_between_two_customers() -> None:
    links = [_link("bill:a", "erp:1", 30.0), _link("bill:a", "bill:b", 20.0), _link("bill:b", "erp:2", 25.0)]
    assert {each.account: each.key for each in resolve([*KNOWN, LONE, OTHER], links, [], {})} == {
        "bill:a": "crm:1",
        "bill:b": "crm:2",
    }


def test_a_split_takes_the_first_out_and_the_crms_record_keeps_the_key() -> None:
    assert resolve(KNOWN, [], [Override("split", "erp:1", "crm:1")], {}) == [Assigned("erp:1", "erp:1", "split", 1.0)]
    assert resolve(KNOWN, [], [Override("split", "crm:1", "erp:1")], {}) == [Assigned("erp:1", "erp:1", "split", 1.0)]


def test_a_split_wins_over_a_link_however_strong_also_by_way_of_others() -> None:
    links = [_link("bill:a", "erp:1", 90.0), _link("bill:b", "bill:a", 80.0)]
    assert resolve([*KNOWN, LONE], links[:1], [Override("split", "bill:a", "crm:1")], {}) == []
    found = resolve([*KNOWN, LONE, OTHER], links, [Override("split", "bill:b", "crm:1")], {})
    assert found == [Assigned("bill:a", "crm:1", "linked", 0.9990)]


def test_a_merge_wins_where_nothing_links() -> None:
    assert resolve([*KNOWN, LONE], [], [Override("merge", "bill:a", "erp:2")], {}) == [Assigned("bill:a", "crm:2", "merged", 1.0)]


def test_strangers_that_are_one_have_the_eldest_ones_key_and_keep_it_while_one_of_them_stays() -> None:
    first = resolve([LONE, OTHER], [_link("bill:a", "bill:b")], [], {})
    assert first == [Assigned("bill:b", "bill:a", "linked", 0.9990)]
    before = {each.account: each.key for each in first}
    older = Account("bill:z", None, "2020-01-01")
    again = resolve([LONE, OTHER, older], [_link("bill:a", "bill:b"), _link("bill:z", "bill:b")], [], before)
    assert {each.account: each.key for each in again} == {"bill:b": "bill:a", "bill:z": "bill:a"}
    without_the_first = resolve([OTHER, THIRD], [_link("bill:c", "bill:b")], [], before)
    assert {each.account: each.key for each in without_the_first} == {"bill:b": "bill:a", "bill:c": "bill:a"}


def test_the_order_in_which_links_are_told_does_not_matter() -> None:
    links = [_link("bill:a", "erp:1"), _link("bill:b", "bill:a"), _link("bill:c", "erp:2"), _link("bill:c", "bill:b", 9.0)]
    accounts = [*KNOWN, LONE, OTHER, THIRD]
    assert resolve(accounts, links, [], {}) == resolve(accounts[::-1], links[::-1], [], {})


def test_of_two_sets_without_duplicates_each_has_one_partner() -> None:
    links = [_link("a", "x", 9), _link("a", "y", 8), _link("b", "x", 7), _link("b", "y", 1)]
    assert [(each.account, each.other) for each in one_to_one(links)] == [("a", "x"), ("b", "y")]
    assert joined(links)["a"] == {"a", "b", "x", "y"}
