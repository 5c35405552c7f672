"""A pretended account with one contract that is out for signature, served on an ephemeral port."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from aiohttp import web

from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.client import Client, Connection
from q2c_pipelines.platforms.docusign import connection, emulator
from q2c_pipelines.platforms.docusign.emulator.access import Limits
from q2c_pipelines.platforms.docusign.emulator.app import GATE
from q2c_pipelines.platforms.docusign.emulator.stamps import plain
from q2c_pipelines.platforms.emulation import Emulation, Fault, Row, State
from q2c_pipelines.sandbox.credentials import made_for
from tests.platforms.served import serving

NOW = datetime(2026, 11, 5, 18, 30, tzinfo=UTC)
EARLY = NOW - timedelta(days=10)
CONTRACT = "11111111-2222-4333-8444-555555555555"
QUOTE_ID, QUOTE_NUMBER, CRM_ID = "a0q5g0000000001AAA", "Q-00000001", "0015g0000000001AAA"
DECLARED = spec.load("docusign")
# the vendor's limits are tested by themselves; elsewhere they would only cost time
DOCUSIGN = DECLARED.model_copy(update={"limits": DECLARED.limits.model_copy(update={"requests_per_second": 10_000})})


@dataclass
class Account:
    """The account under test: its state, its clock, and how to reach it."""

    emulation: Emulation
    base_url: str
    at: list[datetime]
    app: web.Application

    @property
    def state(self) -> State:
        return self.emulation.state

    def advance(self, **span: float) -> None:
        """Time passes, and what it does by itself is done."""
        before = self.at[0]
        self.at[0] += timedelta(**span)
        emulator.tick(self.emulation, before, self.at[0])

    def fault(self, kind: str, **how: Any) -> None:
        self.emulation.faults.append(Fault(kind, **how))

    def limit(self, **to: int) -> None:
        """Another plan."""
        self.app[GATE].limits = replace(self.app[GATE].limits, **to)

    def plant(self, table: str, key: str, **values: Any) -> Row:
        return self.state.update(table, key, values, self.at[0], by="sandbox")

    def add(self, key: str, at: datetime | None = None, status: str = "sent", **values: Any) -> str:
        """An envelope as it came to be at that time, with nothing in it."""
        told = plain(at or self.at[0])
        stamps = {"createdDateTime": told, "statusChangedDateTime": told, "lastModifiedDateTime": told}
        stamps |= {"sentDateTime": told, "initialSentDateTime": told} if status != "created" else {}
        self.state.insert("envelope", {"envelopeId": key, "status": status} | stamps | values, at or self.at[0], by="sandbox")
        return key

    def envelope(self, key: str = CONTRACT) -> Row:
        found = self.state.get("envelope", key)
        assert found
        return found

    def trail(self, key: str = CONTRACT) -> list[str]:
        """The actions in the audit trail, oldest first."""
        rows = self.state.select("select Action from audit_event where envelopeId = ? order by logTime, _id", (key,))
        return [row["Action"] for row in rows]

    def connection(self, **settings: str) -> Connection:
        return Connection(self.base_url, dict(self.emulation.credentials), settings)

    def client(self, attempts: int = 6, **settings: str) -> Client:
        return Client(DOCUSIGN, self.connection(**settings), attempts=attempts)


@pytest.fixture(scope="session")
def credentials() -> dict[str, str]:
    """Made once: an RSA key takes its time."""
    return made_for(DECLARED, {})


@pytest.fixture
def account(credentials: dict[str, str]) -> Iterator[Account]:
    at = [NOW]
    state = State(":memory:", emulator.DDL, emulator.on_change, emulator.KEYS)
    emulation = Emulation(state, lambda: at[0], credentials)
    app = emulator.application(emulation)
    app[GATE].limits = Limits(burst=10_000)
    with serving(app) as base_url:
        account = Account(emulation, base_url, at, app)
        furnish(account)
        yield account


@pytest.fixture
def client(account: Account) -> Iterator[Client]:
    with account.client() as client:
        yield client


@pytest.fixture
def http(account: Account) -> Iterator[httpx.Client]:
    """The bare protocol, signed in; paths are relative to the account."""
    with httpx.Client(base_url=account.base_url, auth=connection.auth(account.connection())) as http:
        yield http


def furnish(account: Account) -> None:
    """A contract that was sent ten days ago, with its signer and what is noted on it."""
    account.add(CONTRACT, EARLY, emailSubject="Please sign", expireEnabled=False)
    signer = {"recipientIdGuid": "guid-1", "recipientId": "1", "name": "Ada", "email": "ada@acme.example", "status": "sent"}
    account.state.insert("recipient", {"envelopeId": CONTRACT} | signer, EARLY, by="sandbox")
    noted = {"quote_id": QUOTE_ID, "quote_number": QUOTE_NUMBER, "crm_id": CRM_ID, "legal_entity": "US"}
    for number, (name, value) in enumerate(noted.items()):
        row = {"fieldId": str(1000 + number), "envelopeId": CONTRACT, "name": name, "value": value}
        account.state.insert("custom_field", row, EARLY, by="sandbox")
    document = {"_id": 1, "envelopeId": CONTRACT, "documentId": "1", "name": "quote.pdf", "order": 1}
    account.state.insert("document", document, EARLY, by="sandbox")
