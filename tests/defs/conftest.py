"""An installation with one platform that needs no server: a folder with a partner's file."""

from __future__ import annotations

from pathlib import Path

import pytest

from q2c_pipelines.config import Settings

_FILE = """InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
536365,85123A,T-LIGHT HOLDER,6,12/1/2010 08:26,2.55,17850,United Kingdom
536365,71053,METAL LANTERN,6,12/1/2010 08:26,3.39,17850,United Kingdom
"""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home = Path(tmp_path_factory.mktemp("home"))
    (home / "drop").mkdir()
    (home / "drop" / "online_retail_1.csv").write_text(_FILE)
    (home / "connections.yaml").write_text(f"file_drop:\n  base_url: {home / 'drop'}\n")
    return Settings(home=home, platforms=["file_drop"])
