"""The pages that the server lists, one after the other."""

from __future__ import annotations

from collections.abc import Iterator

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.page import Page, Window
from q2c_pipelines.platforms.spec import Platform, Table


def pages(client: Client, _platform: Platform, table: Table, _window: Window) -> Iterator[Page]:
    """Every page of the table, as it comes."""
    for name in client.get(f"/{table.object}.list").json():
        body = client.get(f"/{name}").content
        yield Page(table.name, body, "data[]") if table.object == "json" else Page(table.name, body, format="csv")
