"""How Alembic runs here: on the connection `Store` hands over, inside its transaction."""

from __future__ import annotations

from alembic import context

from q2c_pipelines.outbox.tables import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
with context.begin_transaction():
    context.run_migrations()
