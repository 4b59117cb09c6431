"""The index by which due slots are found, in the order in which they are worked on."""

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Makes the index anew."""
    op.drop_index("ix_slots_work", "slots")
    op.create_index("ix_slots_work", "slots", ["state", "not_before", "due", "key"])
