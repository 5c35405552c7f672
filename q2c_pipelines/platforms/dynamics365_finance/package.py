"""A table as data packages, one a company: how the vendor moves what is many pages long, outside its limits on requests.

ExportToPackage (a data project prepared in the environment) -> execution -> zip with one CSV -> pages

The files spell columns in capitals and times without a zone, hold all fields and name no company; pages are as OData gives them.
"""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Iterator
from typing import Any

import polars as pl

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.dynamics365_finance.connection import NAME
from q2c_pipelines.platforms.dynamics365_finance.odata import CROSS, DATA
from q2c_pipelines.platforms.errors import Terminal, Transient
from q2c_pipelines.platforms.flow import Request
from q2c_pipelines.platforms.page import Page
from q2c_pipelines.platforms.spec import Table

ACTIONS = f"{DATA}/DataManagementDefinitionGroups/Microsoft.Dynamics.DataEntities"
_COMPANY = "dataAreaId"
_ROWS = 50_000  # of a file that become one page
_FIRST_WAIT, _LONGEST_WAIT = 0.02, 30.0  # seconds between looks at an execution
_UNDER_WAY = ("Unknown", "NotRun", "Executing")


def exported(client: Client, table: Table) -> Iterator[Page]:
    """Every company's records; what all companies share is one package, of any of them."""
    companies = _companies(client)
    for company in companies if _COMPANY in table.columns else companies[:1]:
        execution = _run(client, table, company)
        for piece in _rows(_fetched(client, execution), table, company).iter_slices(_ROWS):
            yield Page(table.name, piece.write_ndjson().encode(), format="ndjson")


def _companies(client: Client) -> list[str]:
    params = {**CROSS, "$select": "LegalEntityId", "$orderby": "LegalEntityId"}
    return [row["LegalEntityId"].lower() for row in client.get(f"{DATA}/LegalEntities", params).json()["value"]]


def _run(client: Client, table: Table, company: str) -> str:
    """The id of an export that succeeded."""
    project = table.options["project"]
    asked = {
        "definitionGroupId": project,
        "packageName": f"{project}_{company}.zip",
        "executionId": "",
        "reExecute": False,
        "legalEntityId": company,
    }
    execution = str(_action(client, "ExportToPackage", asked))
    pause, waited = _FIRST_WAIT, 0.0
    while (status := _action(client, "GetExecutionSummaryStatus", {"executionId": execution})) in _UNDER_WAY:
        if waited >= client.job_patience:
            raise _error(Transient, f"export {execution} of {project} is {status} after {waited:.0f} s; is the batch server up?")
        time.sleep(pause)
        waited, pause = waited + pause, min(pause * 2, _LONGEST_WAIT)
    if status != "Succeeded":
        told = _action(client, "GetExecutionErrors", {"executionId": execution})
        raise _error(Terminal, f"export {execution} of the data project {project} {status}: {told}")
    return execution


def _action(client: Client, name: str, body: dict[str, Any]) -> Any:
    """What an action of the package API answers; some environments wrap it once more."""
    value = client.read(Request("POST", f"{ACTIONS}.{name}", json=body)).json()["value"]
    return value["value"] if isinstance(value, dict) else value


def _fetched(client: Client, execution: str) -> bytes:
    address = str(_action(client, "GetExportedPackageUrl", {"executionId": execution}))
    return client.get(address).content


def _rows(package: bytes, table: Table, company: str) -> pl.DataFrame:
    """The records of a package's one data file, named and typed as OData would give them."""
    project = table.options["project"]
    try:
        with zipfile.ZipFile(io.BytesIO(package)) as files:
            (file,) = [name for name in files.namelist() if name.lower().endswith(".csv")]
            return _declared(pl.read_csv(files.read(file), infer_schema=False), table, company)
    except (zipfile.BadZipFile, pl.exceptions.PolarsError) as error:
        raise _error(Transient, f"the package of {project} cannot be read ({error}); read again later") from error
    except ValueError as error:
        raise _error(Terminal, f"the data project {project} must export {table.object} alone, as CSV with headers") from error


def _declared(raw: pl.DataFrame, table: Table, company: str) -> pl.DataFrame:
    names = {name.upper(): name for name in table.columns}
    known = {names[column.upper()]: pl.col(column) for column in raw.columns if column.upper() in names}
    of_company = {_COMPANY: pl.lit(company)} if _COMPANY in table.columns else {}
    return raw.select(**of_company, **{name: _typed(value, table.columns[name].type) for name, value in known.items()})


def _typed(value: pl.Expr, kind: str) -> pl.Expr:
    if kind in ("date", "timestamp"):
        return value.str.replace(" ", "T", literal=True) + "Z"
    if kind.startswith("decimal"):
        return value.cast(pl.Float64)
    return value.cast(pl.Int64) if kind == "int" else value.fill_null("")


def _error(kind: type[Terminal | Transient], what: str) -> Terminal | Transient:
    return kind(f"Dynamics 365 Finance: {what}", platform=NAME)
