"""Requests that are answered later: `Prefer: respond-async`, a job to ask, a key that makes a repeat harmless.

A job goes on each time it is asked for, as the clock may stand still: pending, processing, then succeeded or failed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from q2c_pipelines.platforms.emulation import Emulation, Row
from q2c_pipelines.platforms.netsuite.emulator.errors import Refusal, answer

ROOT = "/services/rest/async/v1/job"
KEY = "X-NetSuite-Idempotency-Key"
_GOING, _DONE = ("pending", "processing"), ("succeeded", "failed")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Jobs:
    """Runs writes aside and keeps what they would have answered."""

    def __init__(self, emulation: Emulation):
        self._emulation = emulation
        self._state = emulation.state
        self._asked: Counter[int] = Counter()

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(ROOT + "/{id}", self.job),
            web.get(ROOT + "/{id}/task", self.tasks),
            web.get(ROOT + "/{id}/task/{task}/result", self.result),
        ]

    def middleware(self) -> Any:
        """Takes a write that prefers to be answered later. The key counts only here: on other requests it means nothing."""

        @web.middleware
        async def aside(request: web.Request, handler: Handler) -> web.StreamResponse:
            if request.method == "GET" or "respond-async" not in request.headers.get("Prefer", ""):
                return await handler(request)
            key = request.headers.get(KEY)
            if key and (first := self._state.select("select id from _job where idempotency_key = ?", (key,))):
                said = "A request with the same idempotency key is already submitted."
                known = {"Location": self._href(request, first[0]["id"])}
                return answer(Refusal("IDEMPOTENCY_ERROR", said), known, title="Conflict")
            return await self._run(request, handler, key)

        return aside

    async def _run(self, request: web.Request, handler: Handler, key: str | None) -> web.Response:
        try:
            response = await handler(request)
        except Refusal as refusal:
            response = answer(refusal)
        job = self._state.next("_job")
        body = response.text if isinstance(response, web.Response) else None
        columns = "(id, idempotency_key, status, location, body, completed_at)"
        values = (job, key, response.status, response.headers.get("Location"), body, self._emulation.now().isoformat())
        self._state.db.execute(f"insert into _job {columns} values (?, ?, ?, ?, ?, ?)", values)
        return web.Response(status=202, headers={"Preference-Applied": "respond-async", "Location": self._href(request, job)})

    async def job(self, request: web.Request) -> web.Response:
        job = self._known(request)
        progress = self._progress(job)
        self._asked[job["id"]] += 1
        links = [{"rel": "self", "href": f"{self._href(request, job['id'])}/task"}]
        return web.json_response(
            {"id": str(job["id"]), "completed": progress in _DONE, "progress": progress, "task": {"links": links}}
        )

    def _progress(self, job: Row) -> str:
        going = _GOING[self._asked[job["id"]] :]
        return going[0] if going else _DONE[job["status"] >= 400]

    async def tasks(self, request: web.Request) -> web.Response:
        job = self._known(request)
        link = {"rel": "self", "href": f"{self._href(request, job['id'])}/task/1"}
        return web.json_response(
            {"links": [], "count": 1, "hasMore": False, "items": [{"links": [link], "id": "1"}], "totalResults": 1}
        )

    async def result(self, request: web.Request) -> web.Response:
        """What the request would have been answered."""
        job = self._known(request)
        if self._progress(job) not in _DONE:
            raise Refusal("NONEXISTENT_ID", "The job is not completed: its task has no result yet.", 404)
        headers = {"Location": job["location"]} if job["location"] else {}
        return web.Response(status=job["status"], text=job["body"], headers=headers, content_type="application/json")

    def _known(self, request: web.Request) -> Row:
        found = self._state.select("select * from _job where id = ?", (request.match_info["id"],))
        if not found:
            raise Refusal("NONEXISTENT_ID", "The job does not exist.", 404)
        return found[0]

    def _href(self, request: web.Request, job: object) -> str:
        return f"{request.scheme}://{request.host}{ROOT}/{job}"
