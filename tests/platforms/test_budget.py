"""The budget of a platform is one, whoever spends it, and reading leaves the reserve to writing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pyrate_limiter import RateItem, SQLiteBucket

from q2c_pipelines.config import Settings, connection
from q2c_pipelines.platforms.budget import Budget
from q2c_pipelines.platforms.client import Client, Connection
from q2c_pipelines.platforms.flow import Flow, Receipt, Request
from q2c_pipelines.platforms.spec import Limits, load

LIMITS = Limits(requests_per_second=10, write_reserve=0.2)


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of a test happens within one moment."""
    monkeypatch.setattr(SQLiteBucket, "now", lambda _: 4_000_000_000_000)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "limits" / "stripe.sqlite"


@pytest.fixture(params=["in a file", "without a file"])
def budget(request: pytest.FixtureRequest, file: Path) -> Iterator[Budget]:
    opened = Budget(LIMITS, file if request.param == "in a file" else None)
    yield opened
    opened.close()


def test_where_requests_cannot_be_counted_the_file_and_the_remedy_are_told(file: Path) -> None:
    file.mkdir(parents=True)
    with pytest.raises(OSError, match=f"counted in {file}: .*free some of it and run again"):
        Budget(LIMITS, file)


def left(budget: Budget, *, as_write: bool) -> int:
    """How many requests there is room for; they are spent."""
    bucket: Any = (budget._writing if as_write else budget._reading).bucket_factory.bucket
    return next(number for number in range(100) if not bucket.put(RateItem("request", bucket.now())))


def test_reading_leaves_the_reserve_to_writing(budget: Budget) -> None:
    assert left(budget, as_write=False) == 8
    assert left(budget, as_write=True) == 2


def test_writing_may_take_everything(budget: Budget) -> None:
    assert left(budget, as_write=True) == 10
    assert left(budget, as_write=False) == 0


def test_what_another_one_spends_counts(file: Path) -> None:
    mine, another = Budget(LIMITS, file), Budget(LIMITS, file)
    for _ in range(5):
        another.spend(as_write=True)
    assert left(mine, as_write=False) == 3
    mine.close()
    another.close()


def test_a_platform_of_an_installation_has_one_budget(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, platforms=["file_drop", "stripe"])
    (tmp_path / "connections.yaml").write_text("file_drop: {base_url: /drop}\nstripe: {base_url: 'https://api.stripe.com'}\n")
    files = {name: connection(settings, name).budget for name in settings.platforms}
    assert files == {name: tmp_path / "limits" / f"{name}.sqlite" for name in settings.platforms}


def test_a_flows_looks_count_as_writing(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spent: list[bool] = []
    monkeypatch.setattr(Budget, "spend", lambda _, *, as_write: spent.append(as_write))

    def flow() -> Flow:
        yield Request("GET", "/v1/charges")
        yield Request("POST", "/v1/charges", is_write=True)
        return Receipt("written", "1")

    with Client(load("stripe"), Connection("http://127.0.0.1", {"api_key": "sk_test_1"}, budget=file)) as client:
        session: Any = SimpleNamespace(send=lambda request: request, answered_at=None, close=lambda: None)
        monkeypatch.setattr(client, "_session", session)
        client.read(Request("GET", "/v1/customers"))
        client.run(flow())
    assert spent == [False, True, True]
