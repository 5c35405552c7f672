"""Every rule's counterexample can be planted on the real emulators, and stays planted when the clock moves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from q2c_pipelines.mismatches.rules import RULES
from q2c_pipelines.platforms import spec
from q2c_pipelines.sandbox import counterexample, files, plants
from q2c_pipelines.sandbox.company import Company
from q2c_pipelines.sandbox.emulators import found
from q2c_pipelines.sandbox.size import Size

CODES = counterexample.codes(RULES)


@pytest.fixture(scope="module")
def everyone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    held = Company(tmp_path_factory.mktemp("home"), found(spec.names()), Size(11, 2000))
    files.folder(held.folder).mkdir()
    yield held
    held.close()


@pytest.mark.parametrize("code", CODES)
def test_it_can_be_planted(everyone: Company, code: str) -> None:
    planted = plants.planted(everyone, RULES, [code])
    assert planted
    for finding in planted:
        assert finding["platform"] in spec.names()
        assert finding["deal_key"].split(":")[0] in spec.names()
        assert finding["native_id"]


def test_it_stays_planted(everyone: Company) -> None:
    plants.planted(everyone, RULES, CODES, count=2)
    before = touched(everyone)
    everyone.advance(timedelta(days=3))
    assert touched(everyone) == before


def touched(company: Company) -> list[Any]:
    """Every record that a plant has touched, as it is now."""
    sql = "select distinct table_name, key from _effects where by = 'sandbox' order by 1, 2"
    states = [emulation.state for emulation in company.emulations.values()]
    return [state.get(row["table_name"], row["key"]) for state in states for row in state.select(sql)]
