"""The companies of the sandbox are those of the seed."""

from __future__ import annotations

from pathlib import Path

from q2c_pipelines.sandbox import chains


def test_a_company_of_the_seed_that_is_not_known_sells_as_the_first_one_with_numbers_of_its_own(tmp_path: Path) -> None:
    seed = tmp_path / "systems.csv"
    seed.write_text(
        "legal_entity,role,platform\nEM,crm,salesforce_emea\nEM,erp,netsuite_emea\nUS,crm,hubspot\nWS,billing,file_drop\n"
    )
    first, acquired = chains.group(seed)
    assert (first.name, first.systems, acquired.name) == ("US", {"crm": "hubspot"}, "EM")
    seed.write_text("legal_entity,role,platform\nUK,crm,hubspot\n")
    assert [each.share for each in chains.group(seed)] == [1]
    assert acquired.systems == {"crm": "salesforce_emea", "erp": "netsuite_emea"}
    assert acquired.first not in {chain.first for chain in chains.CHAINS}
    assert (first.share, acquired.share) == (1, 5), "the first has all the deals that are asked for"
    assert chains.served([first, acquired], ["hubspot", "salesforce_emea", "netsuite_emea"]) == [first, acquired]
