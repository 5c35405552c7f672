"""How many accounting items the system itself counts in a company code's fiscal years, of the documents that are read.

the next fiscal year that has any -> $count of it -> a row;  no more year -> the page, which names all that there are
"""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.page import Page
from q2c_pipelines.platforms.sap_s4hana.connection import ODATA
from q2c_pipelines.platforms.spec import Table


def pages(client: Client, table: Table, items: Table) -> Iterator[Page]:
    """The counts of all fiscal years. `items` says which entity set is read, and which documents of it."""
    company, path = table.columns["CompanyCode"].value or "", f"{ODATA}{items.options['service']}/{items.object}"
    of_company = f"CompanyCode eq '{company}' and ({items.options['where']})"
    rows = []
    for year in _years(client, path, of_company):
        counted = client.get(f"{path}/$count", {"$filter": f"{of_company} and FiscalYear eq '{year}'"}, {"Accept": "text/plain"})
        rows.append({"FiscalYear": year, "Items": int(counted.text)})
    body = orjson.dumps({"rows": rows})
    yield Page(table.name, body, "rows[]")
    yield Page(table.name, body, "rows[]", names_living=True)


def _years(client: Client, path: str, of_company: str) -> Iterator[str]:
    year = ""
    while True:
        params = {"$select": "FiscalYear", "$orderby": "FiscalYear", "$top": "1"}
        asked = params | {"$filter": f"{of_company} and FiscalYear gt '{year}'"}
        found = orjson.loads(client.get(path, asked, {"Accept": "application/json"}).content)["d"]["results"]
        if not found:
            return
        year = str(found[0]["FiscalYear"])
        yield year
