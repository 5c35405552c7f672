"""The account's HTTP, put together: sign-in, records, SuiteQL and jobs."""

from __future__ import annotations

import json

from aiohttp import web

from q2c_pipelines.platforms.emulation import Emulation, middleware
from q2c_pipelines.platforms.netsuite.emulator.access import TOKEN_PATH, Gate
from q2c_pipelines.platforms.netsuite.emulator.errors import Refusal, refuse
from q2c_pipelines.platforms.netsuite.emulator.jobs import Jobs
from q2c_pipelines.platforms.netsuite.emulator.records import Records, envelope, page_of
from q2c_pipelines.platforms.netsuite.emulator.suiteql import Suiteql

SUITEQL_PATH = "/services/rest/query/v1/suiteql"


def application(emulation: Emulation) -> web.Application:
    """One account."""
    gate, jobs, suiteql = Gate(emulation), Jobs(emulation), Suiteql(emulation.state, emulation.now, emulation.lacks)

    async def query(request: web.Request) -> web.Response:
        if "transient" not in request.headers.get("Prefer", ""):
            raise Refusal("INVALID_HEADER", "The required request header 'Prefer' is missing or not 'transient'.")
        limit, offset = page_of(request)
        asked = await request.text()
        try:
            text = str(json.loads(asked)["q"])
        except (ValueError, KeyError, TypeError) as error:
            raise Refusal("INVALID_CONTENT", 'The body must be {"q": "<query>"}.') from error
        table, rows, total = suiteql.run(text, limit, offset)
        return web.json_response(envelope(request, emulation.reshape(table, rows), limit, offset, total))

    outside_in = [middleware(emulation, refuse), gate.middleware(), jobs.middleware()]
    app = web.Application(middlewares=outside_in, client_max_size=104 * 2**20)
    app.add_routes([web.post(TOKEN_PATH, gate.token), web.post(SUITEQL_PATH, query), *jobs.routes(), *Records(emulation).routes()])
    return app
