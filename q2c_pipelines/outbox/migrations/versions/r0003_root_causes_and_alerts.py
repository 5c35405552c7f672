"""What cases have in common, and who was told of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from q2c_pipelines.outbox.columns import Instant, Money

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Of cases that are there the next build says what they have in common."""
    op.add_column("cases", sa.Column("root_cause", sa.Text))
    op.create_table(
        "alerts",
        sa.Column("channel", sa.Text, primary_key=True),
        sa.Column("fingerprint", sa.Text, primary_key=True),
        sa.Column("reopened", sa.Integer, nullable=False),
        sa.Column("amount", Money, nullable=False),
        sa.Column("severity", sa.Text),
        sa.Column("told_at", Instant, nullable=False),
    )
