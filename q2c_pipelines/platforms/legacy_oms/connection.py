"""The OMS's own wire: PostgreSQL connections, one role that reads the log and one that writes.

Look | Write | OpenLog -> psycopg -> rows | whether it was committed | Log, or PlatformError.  What is asked is in `statements.py`.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlsplit

import psycopg
from psycopg import sql
from psycopg.pq import TransactionStatus
from psycopg.rows import dict_row

from q2c_pipelines.platforms.client import Connection
from q2c_pipelines.platforms.errors import PlatformError, Terminal, Transient, Unauthorized, UnknownOutcome
from q2c_pipelines.platforms.legacy_oms.log import Log
from q2c_pipelines.platforms.legacy_oms.statements import Look, OpenLog, Statement, Write, kind_of
from q2c_pipelines.platforms.spec import Platform

Who = Literal["reader", "writer"]
APPLICATION = "q2c"  # how our sessions are told from others
_HERE = ("127.0.0.1", "::1", "localhost")
_FORMS = "-c timezone=UTC -c datestyle=ISO -c intervalstyle=postgres -c extra_float_digits=1"
_OPTIONS = {"reader": _FORMS, "writer": f"{_FORMS} -c lock_timeout=10s -c statement_timeout=60s"}
_LOGIN = re.compile(r"password authentication failed|role .* does not exist|no pg_hba\.conf entry|is not permitted to log in")
_ABSENT = re.compile(r"database .* does not exist")
_CAUSES = {"onnection refused": ConnectionRefusedError, "failed to resolve host": socket.gaierror}  # which psycopg does not chain
_CLOSED = "the connection was closed"


def session(platform: Platform, connection: Connection, timeout: float) -> Database:
    """The wire of one client."""
    return Database(platform, connection, timeout)


class Database:
    """One database, through connections that are made when they are needed. `answered_at`: its clock as of the latest answer."""

    def __init__(self, platform: Platform, connection: Connection, timeout: float):
        self.answered_at: datetime | None = None
        self.tried = ""
        self.settings: Mapping[str, str] = platform.defaults | dict(connection.settings)
        self.title, self.platform = platform.title, platform.name
        self._connection, self._timeout = connection, timeout
        self._open: list[psycopg.Connection[Any]] = []
        self._writer: psycopg.Connection[Any] | None = None
        self._log: Log | None = None

    def send(self, request: Look | Write | OpenLog) -> Any:
        """Rows, whether a write was committed, or the log. Raises PlatformError; UnknownOutcome where a commit went unanswered."""
        self.answered_at = None
        if isinstance(request, OpenLog):
            self._log = self._log or Log(self, request.platform)
            self.answered_at = self._log.at
            return self._log
        doing = type(request).__name__.lower()
        with self._writing() as connection, self.errors(doing, tried=str(request), is_write=request.is_write):
            if isinstance(request, Look):
                return self._rows(connection, request.statement)
            return self._written(connection, request.statements)

    def connect(self, who: Who, **how: Any) -> psycopg.Connection[Any]:
        """A new connection in that role, closed with this database. Raises PlatformError."""
        at, given = urlsplit(self._connection.base_url), self._connection.credentials
        self.tried = f"log in as the {who}"
        try:
            opened = psycopg.connect(
                host=at.hostname,
                port=at.port or 5432,
                dbname=at.path.strip("/"),
                user=given[f"{who}_user"],
                password=given[f"{who}_password"],
                sslmode="prefer" if at.hostname in _HERE else "require",
                connect_timeout=int(self._timeout),
                application_name=APPLICATION,
                options=_OPTIONS[who],
                autocommit=True,
                **how,
            )
        except psycopg.OperationalError as error:
            raise self._not_let_in(error) from error
        self._open.append(opened)
        return opened

    @contextmanager
    def errors(self, doing: str, *, tried: str = "", is_write: bool = False) -> Iterator[None]:
        """Turns what PostgreSQL says inside the block into the platform's errors."""
        self.tried = tried or doing
        try:
            yield
        except psycopg.Error as error:
            code = error.sqlstate or ""
            is_lost = not code or code.startswith(("08", "57P"))
            kind: type[PlatformError] = Transient if is_lost else kind_of(code)
            said = (error.diag.message_primary or str(error) or _CLOSED).strip()
            told = f"{self.title}: {doing}: {said}{f' ({error.diag.message_detail})' if error.diag.message_detail else ''}"
            raise (UnknownOutcome if is_write and is_lost else kind)(told, platform=self.platform, code=code) from error

    def close(self) -> None:
        """End what is under way: a query in another thread is cancelled."""
        for each in self._open:
            if each.info.transaction_status == TransactionStatus.ACTIVE:
                with suppress(psycopg.Error):
                    each.cancel_safe(timeout=1)
            each.close()

    @contextmanager
    def _writing(self) -> Iterator[psycopg.Connection[Any]]:
        """The writer's connection; one that was lost is made anew."""
        if self._writer is None or self._writer.closed:
            self._writer = self.connect("writer", row_factory=dict_row)
        yield self._writer

    def _rows(self, connection: psycopg.Connection[Any], statement: Statement) -> list[dict[str, Any]]:
        return list(self._executed(connection, statement).fetchall())

    def _written(self, connection: psycopg.Connection[Any], statements: tuple[Statement, ...]) -> bool:
        with connection.transaction() as transaction:
            for each in statements:
                if self._executed(connection, each).rowcount == 0 and each.must_touch:
                    raise psycopg.Rollback(transaction)
            return True
        return False

    def _executed(self, connection: psycopg.Connection[Any], statement: Statement) -> psycopg.Cursor[Any]:
        query = sql.SQL(statement.sql).format(schema=sql.Identifier(self.settings["schema"]))
        return connection.execute(query, statement.parameters)

    def _not_let_in(self, error: psycopg.OperationalError) -> PlatformError:
        said = " ".join(str(error).rpartition("FATAL:")[2].split())
        if _LOGIN.search(said):
            refused = Unauthorized(f"{self.title}: log in: {said}", platform=self.platform, code=error.sqlstate or "28P01")
            refused.at_login = True
            return refused
        if _ABSENT.search(said):
            return Terminal(f"{self.title}: log in: {said}; check base_url", platform=self.platform, code="3D000")
        failed = Transient(f"{self.title}: cannot be reached: {said}", platform=self.platform, code=error.sqlstate or "")
        error.__cause__ = next((kind(said) for words, kind in _CAUSES.items() if words in said), None)
        return failed
