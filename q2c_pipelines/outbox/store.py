"""The operations store: one database, opened by URL, changed only in units of work.

    with store.work() as work:  ...  work.commit()      leave the block without commit() and nothing happened

SQLite by default, PostgreSQL by URL. On SQLite a unit of work takes the write lock when it begins; on PostgreSQL it locks the rows
it changes. What is noted for the audit is chained at commit, in the same transaction as what it tells of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from tenacity import retry, retry_if_exception_message, stop_after_delay, wait_random

from q2c_pipelines.outbox import audit
from q2c_pipelines.outbox.tables import Base

_PATIENCE = 30  # seconds to wait for another writer
VERSIONS = Path(__file__).parent / "migrations" / "versions"
Clock = Callable[[], datetime]
Row = TypeVar("Row", bound=Base)


class Store:
    """An open operations store, brought to the current schema, closed at the end of a `with`. `clock` is its idea of now."""

    def __init__(self, url: str, clock: Clock = lambda: datetime.now(UTC)):
        self.engine = _engine(url)
        self.now = clock
        _migrate(self.engine)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def work(self) -> Iterator[Work]:
        """A unit of work."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield Work(session, self.now())

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for looking only: it takes no lock that would keep anyone from writing."""
        with self.engine.connect().execution_options(is_reading=True) as connection, Session(connection) as session:
            yield session

    def close(self) -> None:
        """Give every connection back."""
        self.engine.dispose()


class Work:
    """One unit of work: a session, the moment it began, and what it will tell the audit."""

    def __init__(self, session: Session, now: datetime):
        self.session, self.now = session, now
        self._notes: list[audit.Note] = []

    def note(self, event: str, subject: str, body: Mapping[str, Any], by: str = "q2c") -> None:
        """Have this told by the audit if, and only if, the work is committed."""
        self._notes.append(audit.Note(by, event, subject, body))

    def hold(self, model: type[Row], key: str) -> Row | None:
        """The row as it now stands, kept from other writers until the work is over."""
        self.session.flush()
        return self.session.get(model, key, with_for_update=True)

    def hold_or_add(self, fresh: Row, key: str) -> tuple[Row, bool]:
        """The row with this key, held, and whether it is `fresh`, which was added because there was none."""
        held = self.hold(type(fresh), key)
        if held is not None:
            return held, False
        try:
            with self.session.begin_nested():
                self.session.add(fresh)
            return fresh, True
        except IntegrityError:
            return self.session.get_one(type(fresh), key, with_for_update=True), False

    def commit(self) -> None:
        """Make all of it true at once. The audit comes last, so its lock is the shortest and always the last one taken."""
        self.session.flush()
        if self._notes:
            audit.append(self.session, self._notes, self.now)
        self.session.commit()
        self._notes.clear()


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True)
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None
    for pragma in (f"busy_timeout={_PATIENCE * 1000}", "foreign_keys=on"):
        connection.execute(f"pragma {pragma}")
    _write_ahead(connection)


@retry(
    retry=retry_if_exception_message(match=".*locked"), wait=wait_random(max=0.05), stop=stop_after_delay(_PATIENCE), reraise=True
)
def _write_ahead(connection: Any) -> None:
    """Of two that open a new file at once SQLite refuses one, however long it was told to wait."""
    connection.execute("pragma journal_mode=wal")


def _begin_sqlite(connection: Connection) -> None:
    reading = connection.get_execution_options().get("is_reading")
    connection.exec_driver_sql("begin" if reading else "begin immediate")


def _migrate(engine: Engine) -> None:
    """Bring the schema up to date, waiting for no writer where it is."""
    from alembic import command
    from alembic.config import Config
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(VERSIONS.parent))
    with engine.connect().execution_options(is_reading=True) as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current == ScriptDirectory.from_config(config).get_current_head():
        return
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("select pg_advisory_xact_lock(7123)")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
