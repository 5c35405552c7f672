"""Why an action must not be sent now, though it may be approved."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
_UNTOLD = "planned by an earlier version, which did not tell whether its rule can tell; the next plan says so"


def upgrade() -> None:
    """What may not have been sent yet waits for the next plan."""
    op.add_column("actions", sa.Column("withheld", sa.Text, nullable=False, server_default=""))
    actions = sa.table("actions", sa.column("withheld"), sa.column("state"), sa.column("sent_at"))
    open_states = ("proposed", "approved", "claimed", "retry", "dead")
    op.execute(actions.update().where(actions.c.sent_at.is_(None), actions.c.state.in_(open_states)).values(withheld=_UNTOLD))
