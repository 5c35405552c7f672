"""Recurring integrations: files put in a queue and taken from one, each shown again until it is acknowledged.

enqueue -> processed at once;  dequeue -> a message with where its file is -> ack, or the same message again half an hour later
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from q2c_pipelines.platforms.dynamics365_finance.emulator import files
from q2c_pipelines.platforms.dynamics365_finance.emulator.entities import Entity
from q2c_pipelines.platforms.dynamics365_finance.emulator.errors import Refusal, invalid
from q2c_pipelines.platforms.dynamics365_finance.emulator.records import Records
from q2c_pipelines.platforms.dynamics365_finance.emulator.schema import ENTITIES
from q2c_pipelines.platforms.emulation import Emulation

_AGAIN, _LIFE = timedelta(minutes=30), timedelta(days=7)
_STAMP = "%Y-%m-%dT%H:%M:%SZ"


class Queue:
    """The queue API. An activity whose name is that of an entity set exports it whenever its queue is empty."""

    def __init__(self, emulation: Emulation, records: Records):
        self._emulation, self._records, self._db = emulation, records, emulation.state.db

    def routes(self) -> list[web.RouteDef]:
        connector = "/api/connector"
        return [
            web.post(f"{connector}/enqueue/{{activity}}", self._enqueue),
            web.get(f"{connector}/dequeue/{{activity}}", self._dequeue),
            web.post(f"{connector}/ack/{{activity}}", self._acknowledge),
            web.get(f"{connector}/download/{{activity}}", self._download),
            web.post("/data/DataManagementDefinitionGroups/Microsoft.Dynamics.DataEntities.GetMessageStatus", self._status),
        ]

    async def _enqueue(self, request: web.Request) -> web.Response:
        entity = _titled(request.query.get("entity", ""))
        company = request.query.get("company", "")
        state = "Processed"
        for row in files.parsed(entity, await request.text()):
            try:
                self._records.create(entity, ({"dataAreaId": company} | row) if company else row)
            except Refusal:
                state = "ProcessedWithErrors"
        return web.json_response(self._put(request.match_info["activity"], entity, state, ""))

    async def _dequeue(self, request: web.Request) -> web.Response:
        activity, now = request.match_info["activity"], self._emulation.now()
        self._db.execute("delete from _message where made_at < ?", ((now - _LIFE).strftime(_STAMP),))
        message = self._waiting(activity, now)
        if message is None:
            return web.Response(status=204)
        self._db.execute("update _message set state = 'Dequeued', shown_at = ? where id = ?", (now.strftime(_STAMP), message))
        where = f"{request.scheme}://{request.host}/api/connector/download/{activity}?correlation-id={message}"
        return web.json_response({"CorrelationId": message, "PopReceipt": secrets.token_hex(8), "DownloadLocation": where})

    async def _acknowledge(self, request: web.Request) -> web.Response:
        body = await request.json()
        if not self._message(body.get("CorrelationId", "")):
            raise invalid("The message to acknowledge is not in the queue.")
        self._db.execute("update _message set state = 'Acked' where id = ?", (body["CorrelationId"],))
        return web.Response(status=200)

    async def _download(self, request: web.Request) -> web.Response:
        found = self._message(request.query.get("correlation-id", ""))
        return web.Response(text=str(found["file"])) if found else web.Response(status=404)

    async def _status(self, request: web.Request) -> web.Response:
        body = await request.json()
        found = self._message(str(body.get("messageId", "")))
        return web.json_response({"value": found["state"] if found else "Unknown"})

    def _waiting(self, activity: str, now: datetime) -> str | None:
        """The oldest message not acknowledged and not shown within the half hour; a new one where the queue is empty."""
        sql = "select * from _message where activity = ? and state in ('Enqueued', 'Dequeued') order by made_at, id"
        waiting = self._emulation.state.select(sql, (activity,))
        shown_before = (now - _AGAIN).strftime(_STAMP)
        for message in waiting:
            if message["state"] == "Enqueued" or message["shown_at"] <= shown_before:
                return str(message["id"])
        if waiting or activity not in ENTITIES:
            return None
        rows = self._emulation.state.select(f'select * from "{activity}"')
        return self._put(activity, ENTITIES[activity], "Enqueued", files.table(ENTITIES[activity], rows)) if rows else None

    def _put(self, activity: str, entity: Entity, state: str, file: str) -> str:
        number = secrets.token_hex(16)
        stamp = self._emulation.now().strftime(_STAMP)
        self._db.execute(
            "insert into _message values (?, ?, ?, ?, ?, ?, ?)", (number, activity, entity.name, state, "", stamp, file)
        )
        return number

    def _message(self, number: str) -> dict[str, Any] | None:
        found = self._emulation.state.select("select * from _message where id = ?", (number,))
        return found[0] if found else None


def _titled(title: str) -> Entity:
    found = next((each for each in ENTITIES.values() if each.title == title), None)
    if found is None:
        raise invalid(f"The entity '{title}' does not exist.")
    return found
