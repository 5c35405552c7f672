"""One request to the account as an operation sees it: path, query, body, the state and the clock.

request -> Call -> operation -> (status, body).  An operation raises Refusal to turn a request down.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from aiohttp import web

from q2c_pipelines.platforms.avalara.codes import decoded
from q2c_pipelines.platforms.avalara.emulator.errors import Refusal, missing
from q2c_pipelines.platforms.avalara.emulator.schema import COMPANY
from q2c_pipelines.platforms.emulation import Emulation, Row, State


@dataclass(frozen=True)
class Call:
    """`path` holds the parts of the address by name, codes read back to what they mean."""

    emulation: Emulation
    url: str
    path: Mapping[str, str]
    params: Mapping[str, str]
    given: bytes

    @property
    def state(self) -> State:
        return self.emulation.state

    @property
    def now(self) -> datetime:
        return self.emulation.now()

    @property
    def body(self) -> Any:
        try:
            return orjson.loads(self.given)
        except orjson.JSONDecodeError as error:
            raise Refusal("JsonFormatError", "The request is not well-formed JSON.", str(error)) from error

    @property
    def include(self) -> str | None:
        return self.params.get("$include")

    def company(self) -> Row:
        """The company in the path, by its code or its number."""
        code, number = self.path.get("companyCode"), self.path.get("companyId")
        if (code or COMPANY["companyCode"]) != COMPANY["companyCode"] or (number or str(COMPANY["id"])) != str(COMPANY["id"]):
            raise missing("Company", code or number)
        return COMPANY

    def document(self) -> Row:
        """The newest version of the document in the path, of the type that is asked for."""
        self.company()
        code = self.path["transactionCode"]
        kind = self.path.get("documentType") or self.params.get("documentType") or "SalesInvoice"
        if (row := newest(self.state, code, kind)) is None:
            raise missing("Document", code)
        return row

    def whole(self, name: str, default: int) -> int:
        """A parameter that is a whole number."""
        text = self.params.get(name, str(default))
        if not text.isdigit():
            raise Refusal("InvalidQueryValue", "A value of the query is wrong.", f"'{text}' is not a number.", name)
        return int(text)


Operation = Callable[[Call], tuple[int, Any]]


def newest(state: State, code: str, kind: str) -> Row | None:
    """The version of a document that is in force: of several the last."""
    sql = 'select * from "transaction" where code = ? and type = ? order by version desc, id desc limit 1'
    found = state.select(sql, (code, kind))
    return found[0] if found else None


async def called(emulation: Emulation, request: web.Request) -> Call:
    """The call that a request is."""
    path = {name: decoded(value) for name, value in request.match_info.items()}
    return Call(emulation, f"{request.scheme}://{request.host}{request.path}", path, dict(request.query), await request.read())
