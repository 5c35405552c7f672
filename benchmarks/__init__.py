"""What q2c costs, each figure beside the same work done plainly, in the same run: `python -m benchmarks` (make bench).

ingest   reading pages into the lake          against httpx + polars -> Parquet
build    a full build of the warehouse        against the same results as hand-written SQL
cycles   a cycle without news, and one in which one record in a hundred changed

Every measured run is a process of its own (`measure.py`); the two sides of a ratio take turns. Nothing here is a test: nothing
fails because a machine is slow.
"""
