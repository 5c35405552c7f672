"""One load of a platform into the lake with dlt: all of its rows and how far was read, or nothing.

rows -> dlt's working folder -> Parquet in the lake, and dlt's state beside it

How far was read is told by the lake alone. The working folder is for what is on its way: a load that a crash left there is brought
to its end; where it cannot be, it is thrown away, and read again from where the lake ends.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dlt
import pyarrow as pa
from dlt.common.pipeline import LoadInfo
from dlt.pipeline.exceptions import PipelineStepFailed

from q2c_pipelines.lake.storage import Lake
from q2c_pipelines.platforms.spec import Platform, Table

TOGETHER = 50_000  # rows that are handed on, and lie in the file, as one group
_CONTRACT: Any = {"tables": "evolve", "columns": "evolve", "data_type": "freeze"}
_TORN = (errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT)  # a crash while dlt moved a load leaves it in two places, or in none
_JUNK = (ValueError, TypeError, LookupError, AttributeError)  # what becomes of a file that is not what dlt wrote
_DLT = {
    "data_writer.compression": "zstd",
    "data_writer.buffer_max_items": TOGETHER,
    "extract.next_item_mode": "fifo",  # a table after the other: what the client knows of a read is of one table
    "load.delete_completed_jobs": True,
}


class IngestFailed(RuntimeError):
    """A load could not be completed; the message names the platform, the table and what to do."""


@dataclass(frozen=True)
class Loaded:
    """The loads that were committed. `note` tells of one that was on its way and had to be thrown away."""

    ids: tuple[str, ...] = ()
    note: str = ""


def load(
    platform: Platform,
    lake: Lake,
    working: Path,
    rows_of: Callable[[Table], Iterator[pa.Table]],
    only: set[str] | None = None,
    around: Collection[str] = (),
) -> Loaded:
    """Commit the rows of every table, or of some; those `around` the others are asked for first and once more at the end.

    Raises IngestFailed, and then nothing of them counts.
    """
    _configure()
    tables = [table for table in platform.tables.values() if only is None or table.name in only]
    twice = [table for table in tables if table.name in around]

    @dlt.source(name=platform.name, schema_contract=_CONTRACT)
    def records() -> Iterator[Any]:
        for table in [*twice, *(each for each in tables if each not in twice)]:
            yield dlt.resource(rows_of, name=table.name, write_disposition="append")(table)
        for table in twice:
            yield dlt.resource(rows_of, name=f"{table.name}_again", table_name=table.name, write_disposition="append")(table)

    try:
        finished = _finish(platform, lake, working)
        if _folder(platform, working).exists():
            shutil.rmtree(_folder(platform, working))  # else it, and not the lake, would tell how far was read
        ids = _ids(_pipeline(platform, lake, working).run(records(), loader_file_format="parquet"))
    except (PipelineStepFailed, OSError) as error:
        why = _why(error, platform, lake, working)
        raise IngestFailed(f"{platform.title}: nothing of this read counts, the next one begins where it began: {why}") from error
    return Loaded((*finished.ids, *ids), finished.note)


def _configure() -> None:
    os.environ |= {
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "RUNTIME__LOG_LEVEL": "CRITICAL",
    }  # dlt reads these before its own settings
    for name, value in _DLT.items():
        dlt.config[name] = value


def _pipeline(platform: Platform, lake: Lake, working: Path) -> dlt.Pipeline:
    return dlt.pipeline(
        _folder(platform, working).name,
        pipelines_dir=str(working),
        destination=dlt.destinations.filesystem(bucket_url=lake.url),
        dataset_name=platform.name,
    )


def _folder(platform: Platform, working: Path) -> Path:
    return working / f"q2c_{platform.name}"


def _finish(platform: Platform, lake: Lake, working: Path) -> Loaded:
    """Bring to its end what a crash left half-way. What cannot be is told, and of no use any more."""
    ids: list[str] = []
    try:
        pipeline = _pipeline(platform, lake, working)
        while pipeline.has_pending_data:
            ids += _ids(pipeline.run())
    except (PipelineStepFailed, OSError, *_JUNK) as error:
        cause = _cause(error)
        if not (isinstance(cause, _JUNK) or (isinstance(cause, OSError) and cause.errno in _TORN)):
            raise
        why = f"{type(cause).__name__}: {cause}".splitlines()[0]
        return Loaded(
            tuple(ids), f"the working folder could not be used ({why}); what was on its way is read again from where the lake ends"
        )
    return Loaded(tuple(ids))


def _cause(error: Exception) -> BaseException:
    return error.exception if isinstance(error, PipelineStepFailed) else error


def _why(error: Exception, platform: Platform, lake: Lake, working: Path) -> str:
    cause = _cause(error)
    if isinstance(cause, OSError):
        return f"{cause.strerror or cause} when writing to {cause.filename or f'{working} or {lake.url}'}"
    states = lake.names(f"{platform.name}/_dlt_pipeline_state/{_folder(platform, working).name}__*")
    if states and isinstance(error, PipelineStepFailed) and error.step == "sync" and isinstance(cause, _JUNK):
        return f"{lake.url}/{states[-1]} cannot be read ({cause}); move it away, then the read before it counts as the last"
    return str(error)


def _ids(info: LoadInfo | None) -> list[str]:
    if info is None:
        return []
    info.raise_on_failed_jobs()
    return list(info.loads_ids)
