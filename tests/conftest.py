"""What every test may ask for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

CONTRACTS = Path(os.environ.get("Q2C_CONTRACTS", Path(__file__).parents[2] / "shared" / "contracts"))


@pytest.fixture(scope="session")
def contracts() -> Path:
    """The folder of vendors' schemas and samples; the test is skipped where it is absent."""
    if not CONTRACTS.is_dir():
        pytest.skip(f"no vendor contracts at {CONTRACTS}; set Q2C_CONTRACTS to run the tests that read them")
    return CONTRACTS
