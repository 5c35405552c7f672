"""Why an action must not be sent now, though it may be approved."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """No action that is known is withheld: the next plan says which are."""
    op.add_column("actions", sa.Column("withheld", sa.Text, nullable=False, server_default=""))
