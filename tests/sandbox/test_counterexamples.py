"""Every rule's counterexample in every company can be planted on the real emulators, and stays planted when the clock moves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from q2c_pipelines.config import Settings
from q2c_pipelines.mismatches import rules
from q2c_pipelines.mismatches.rules import RULES
from q2c_pipelines.sandbox import chains, counterexample, files, plants
from q2c_pipelines.sandbox.chains import Chain
from q2c_pipelines.sandbox.company import Company
from q2c_pipelines.sandbox.counterexample import EVERY_CHAIN
from q2c_pipelines.sandbox.emulators import found
from q2c_pipelines.sandbox.errors import SandboxError
from q2c_pipelines.sandbox.size import Size

SETTINGS = Settings()
GROUP = chains.group(SETTINGS.seeds / "systems.csv")
CODES = counterexample.codes(RULES)
EACH = [(code, chain) for code in CODES for chain in counterexample.load(RULES, code)]


@contextmanager
def group(home: Path, deals: int) -> Iterator[Company]:
    held = Company(home, found(SETTINGS.platforms), Size(11, deals), chains=GROUP)
    files.folder(held.folder).mkdir()
    yield held
    held.close()


@pytest.fixture(scope="module")
def everyone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with group(tmp_path_factory.mktemp("home"), 1600) as held:
        yield held


@pytest.mark.parametrize("chain", GROUP, ids=lambda chain: chain.name)
@pytest.mark.parametrize("code", CODES)
def test_it_is_said_wherever_the_rule_compares(code: str, chain: Chain) -> None:
    rule = rules.load(code)
    played = {chain.systems.get(role) for role in rule.needs_roles}
    assert (chain.name in rule.counterexamples) == (played <= set(SETTINGS.platforms)) or "WS" in rule.counterexamples


@pytest.mark.parametrize(("code", "chain"), EACH, ids="-".join)
def test_it_can_be_planted(everyone: Company, code: str, chain: str) -> None:
    planted = plants.planted(everyone, RULES, [code], chain=chain)
    assert planted
    for finding in planted:
        assert finding["chain"] == chain
        assert finding["platform"] in SETTINGS.platforms
        assert finding["deal_key"].split(":")[0] in SETTINGS.platforms
        assert finding["native_id"]
        assert finding["cause"]


def test_all_are_planted_at_once_and_stay_planted(tmp_path: Path) -> None:
    with group(tmp_path, 1600) as broken:
        planted = plants.planted(broken, RULES, chain=EVERY_CHAIN)
        assert {(each["rule"], each["chain"]) for each in planted} == set(EACH)
        before = touched(broken)
        broken.advance(timedelta(days=3))
        assert touched(broken) == before


def test_of_products_there_are_as_many_in_every_size(everyone: Company) -> None:
    with pytest.raises(SandboxError, match=r"bundle_differs: .* no unbroken product that fits .* is left; plant fewer rules"):
        plants.planted(everyone, RULES, ["bundle_differs"], count=40)


def touched(company: Company) -> list[Any]:
    """Every record that a plant has touched, as it is now."""
    sql = "select distinct table_name, key from _effects where by = 'sandbox' order by 1, 2"
    states = [emulation.state for name, emulation in company.emulations.items() if name != "legacy_oms"]  # whose log names no keys
    return [state.get(row["table_name"], row["key"]) for state in states for row in state.select(sql)]
