"""A lake written by hand, and dbt run over it in this process."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner

from q2c_pipelines.lake import dbt_sources, reads
from q2c_pipelines.lake.contract import DELETED, READ_AT
from q2c_pipelines.platforms.spec import Handling, Platform, Table

Row = Mapping[str, Any]
ACME = Platform.model_validate(
    {
        "name": "acme",
        "title": "Acme",
        "role": "erp",
        "protocol": "none",
        "credentials": {},
        "least_privilege": [{"right": "read", "reads": "all"}],
        "handling": dict.fromkeys(Handling.model_fields, "none offered"),
        "limits": {"requests_per_second": 1},
        "tables": {
            "thing": {
                "name": "thing",
                "object": "Thing",
                "doc": "Things with a key of two columns.",
                "key": ["kind", "id"],
                "cursor": "changedAt",
                "columns": {
                    "kind": {"type": "string", "doc": "what kind"},
                    "id": {"type": "int", "doc": "its number"},
                    "amount": {"type": "decimal(18,2)", "doc": "what it costs"},
                    "changedAt": {"type": "timestamp", "doc": "its last change"},
                },
            },
            "word": {
                "name": "word",
                "object": "Word",
                "doc": "Things without a cursor.",
                "key": ["id"],
                "columns": {"id": {"type": "string", "doc": "its key"}, "text": {"type": "string", "doc": "what it says"}},
            },
            "never_seen": {
                "name": "never_seen",
                "object": "NeverSeen",
                "doc": "Declared, but nothing of it ever came.",
                "key": ["id"],
                "columns": {"id": {"type": "string", "doc": "its key"}},
            },
        },
    }
)


@dataclass
class HandmadeLake:
    """Writes what the ingestion would write."""

    root: Path
    _files: int = 0

    def load(self, table: Table, load_id: str, *rows: Row, platform: str = ACME.name, committed: bool = True) -> None:
        """The rows that one load brought."""
        schema = table.schema.append(pa.field(DELETED, pa.bool_())).append(pa.field(READ_AT, pa.timestamp("us", tz="UTC")))
        self._files += 1
        file = self.root / platform / table.name / f"{load_id}.{self._files:010x}.parquet"
        self._write(file, pa.Table.from_pylist([{DELETED: False, **row} for row in rows], schema=schema))
        if committed:
            self.commit(load_id, platform)

    def commit(self, load_id: str, platform: str = ACME.name) -> None:
        """dlt's marker that the load is complete."""
        file = self.root / platform / "_dlt_loads" / f"{platform}__{load_id}.jsonl"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"load_id": load_id, "schema_name": platform, "status": 0, "inserted_at": "2026-01-01"}) + "\n")

    def read(self, platform: str, table: str, **values: Any) -> None:
        """One line of the log of reads."""
        line = {"platform": platform, "table_name": table, "status": "ok", "row_count": 0, "requests": 1, "error": ""} | values
        self._files += 1
        self._write(
            self.root / "_reads" / platform / f"{self._files:032x}.parquet", pa.Table.from_pylist([line], schema=reads.SCHEMA)
        )

    def _write(self, file: Path, table: pa.Table) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, file, compression="zstd")


@dataclass
class Project:
    """A dbt project, its lake and its warehouse."""

    folder: Path
    lake: HandmadeLake
    warehouse: Path
    target: Path
    platform: Platform = ACME
    variables: dict[str, Any] = field(default_factory=dict)

    def dbt(self, *arguments: str) -> Any:
        """Run dbt; anything but success fails the test with what dbt said."""
        places = [
            "--project-dir", str(self.folder), "--profiles-dir", str(dbt_sources.DBT_PROJECT),
            "--target-path", str(self.target), "--log-path", str(self.target), "--log-level", "none",
            "--vars", json.dumps(self.variables),
        ]  # fmt: skip
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")
            environment.setenv("Q2C_LAKE", str(self.lake.root))
            environment.setenv("Q2C_WAREHOUSE", str(self.warehouse))
            done = dbtRunner().invoke([*arguments, *places])
        DuckDBConnectionManager.close_all_connections()
        results = getattr(done.result, "results", [])
        failed = [f"{each.node.name}: {each.message[:400]}" for each in results if each.status in ("error", "fail")]
        assert done.success, "\n".join(failed) or str(done.exception)
        return done.result

    def anew(self, *arguments: str) -> Path:
        """Build the warehouse from nothing; the one that was there lies beside it."""
        before = self.warehouse.rename(self.warehouse.with_name("before.duckdb"))
        self.dbt(*arguments)
        return before

    def query(self, sql: str) -> list[dict[str, Any]]:
        """The rows of a query on the warehouse."""
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            return connection.sql(sql).pl().to_dicts()

    def differing(self, other: Path) -> tuple[int, list[str]]:
        """How many tables the warehouse has, and which of them are not the same in another one."""
        with duckdb.connect() as connection:
            connection.execute(f"attach '{self.warehouse}' as here (read_only); attach '{other}' as there (read_only)")
            found = connection.execute(
                "select distinct schema_name || '.' || table_name from duckdb_tables() where database_name in ('here', 'there')"
            )
            names = [name for (name,) in found.fetchall()]
            both = "((from {0} except all from {1}) union all (from {1} except all from {0}))"
            each = {name: both.format(f"here.{name}", f"there.{name}") for name in names}
            counted = {name: connection.execute(f"select count(*) from {rows}").fetchone() for name, rows in each.items()}
        return len(names), sorted(name for name, count in counted.items() if count != (0,))

    def table(self, name: str) -> list[dict[str, Any]]:
        """All rows of a table, in a fixed order."""
        return self.query(f"select * from {name} order by all")


@pytest.fixture(scope="session")
def make_project(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Project]:
    """Makes a project over an empty lake: the one of the repository, or one of a folder."""

    def make(folder: Path = dbt_sources.DBT_PROJECT, **variables: Any) -> Project:
        place = tmp_path_factory.mktemp("dbt")
        return Project(
            folder, HandmadeLake(place / "a company's lake"), place / "warehouse.duckdb", place / "target", variables=variables
        )

    return make


@pytest.fixture
def platform() -> Platform:
    """An invented platform."""
    return ACME


@pytest.fixture(scope="module")
def acme(make_project: Callable[..., Project], tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A small project around an invented platform: the repository's macros and lake models, and generated base models."""
    folder = tmp_path_factory.mktemp("acme's own")
    declare(folder, ACME)
    return make_project(folder)


def declare(folder: Path, platform: Platform) -> None:
    """Write the dbt project of a platform."""
    real = dbt_sources.DBT_PROJECT
    settings = yaml.safe_load((real / "dbt_project.yml").read_text())
    settings |= {
        "vars": {"enabled_platforms": [platform.name, "absent"], "enabled_rules": []},
        "models": {"q2c": {"+schema": "canonical", "+materialized": "table"}},
    }
    for part in ("macros", "tests", "models/canonical/lake"):
        shutil.copytree(real / part, folder / part)
    shutil.copy(real / "models" / "canonical" / "columns.md", folder / "models")
    folder.joinpath("dbt_project.yml").write_text(yaml.safe_dump(settings))
    dbt_sources.write(dbt_sources.files([platform], folder), folder)
