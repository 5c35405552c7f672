"""What q2c ever told of business events, kept in the lake: what it knew at a time cannot be derived from what it knows now.

warehouse: business_event_log -> lake: _events/<batch>.parquet, which a warehouse that is made anew begins with.
"""

from __future__ import annotations

import duckdb

from q2c_pipelines.config import Settings

FOLDER = "_events"
_IS_THERE = "from duckdb_tables() where schema_name = 'canonical' and table_name = 'business_event_log'"
_LAST = "select coalesce(max(batch), 0) from canonical.business_event_log"
_BATCH = "select * from canonical.business_event_log where batch = ?"
_AT_ONCE = 100_000


def keep(settings: Settings) -> None:
    """Bring the lake up to the log: one file for each batch that it lacks, the oldest first. Raises UnwritableLake."""
    lake = settings.lake_store
    kept = max((int(name.rpartition("/")[2].removesuffix(".parquet")) for name in lake.names(f"{FOLDER}/*.parquet")), default=0)
    with duckdb.connect(str(settings.warehouse_file), read_only=True) as db:
        if not db.execute(_IS_THERE).fetchall():  # a project without it, as another's
            return
        last = db.execute(_LAST).fetchall()[0][0]
        for batch in range(kept + 1, last + 1):
            lake.write_batches(f"{FOLDER}/{batch:010}.parquet", db.execute(_BATCH, [batch]).to_arrow_reader(_AT_ONCE))
