"""Where the lake is: a folder or any fsspec URL. A file appears whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import duckdb
import fsspec
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from fsspec import AbstractFileSystem


class UnreadableLake(RuntimeError):
    """A lake file cannot be read; the message names it and says what to do."""


class UnwritableLake(OSError):
    """A lake file cannot be written, and nothing of it is left; the message names it and says why."""


@dataclass(frozen=True)
class Lake:
    """The lake's root, by URL."""

    url: str

    @cached_property
    def _place(self) -> tuple[AbstractFileSystem, str]:
        try:
            files, root = fsspec.core.url_to_fs(self.url)
        except ImportError as error:
            raise UnreadableLake(f"the lake {self.url} cannot be used (Q2C_LAKE): {error}") from error
        return files, root.rstrip("/")

    def write(self, path: str, rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> None:
        """Write rows as one Parquet file, under its final name only once it is complete. Raises UnwritableLake."""
        self.write_batches(path, pl.DataFrame(rows, pl.Schema(schema)).to_arrow().cast(schema).to_reader())

    def write_batches(self, path: str, rows: pa.RecordBatchReader) -> None:
        """The same of however many rows, with one batch of them in memory at a time."""
        files, root = self._place
        final, parent = f"{root}/{path}", f"{root}/{path}".rpartition("/")[0]
        try:
            files.makedirs(parent, exist_ok=True)
            with files.open(f"{final}.part", "wb") as sink, pq.ParquetWriter(sink, rows.schema, compression="zstd") as file:
                for batch in rows:
                    file.write_batch(batch)
            files.mv(f"{final}.part", final)
        except BaseException as error:
            with suppress(OSError):
                files.rm(f"{final}.part")
            if isinstance(error, OSError):
                raise UnwritableLake(f"the lake file {final} cannot be written: {error.strerror or error}") from error
            raise

    def names(self, pattern: str) -> list[str]:
        """The files that match, relative to the root, sorted."""
        _, root = self._place
        return [path.removeprefix(f"{root}/") for path in self._found(pattern)]

    def read(self, folder: str, schema: pa.Schema) -> pa.Table:
        """All rows of a folder's files; none where the folder does not exist. Raises UnreadableLake naming a broken file."""
        paths = self._found(f"{folder}/*.parquet")
        return pa.concat_tables([pa.Table.from_batches([], schema), *(self._rows(path, schema) for path in paths)])

    def newest_first(self, folder: str, schema: pa.Schema) -> Iterator[pa.Table]:
        """The rows of one file after the other, the last name first; a file is read when it is asked for."""
        return (self._rows(path, schema) for path in reversed(self._found(f"{folder}/*.parquet")))

    def ask(self, pattern: str, query: str, parameters: Sequence[Any]) -> list[dict[str, Any]]:
        """What a query says of `lake`, the rows of all files that match, each with its `filename`; nothing where none match."""
        files, root = self._place
        if not self.names(pattern):
            return []
        with duckdb.connect() as db:
            if "file" not in files.protocol:
                db.register_filesystem(files)
            db.execute("set enable_progress_bar = false")
            place = f"{root}/{pattern}" if "file" in files.protocol else files.unstrip_protocol(f"{root}/{pattern}")
            source = "lake as (select * from read_parquet(?, union_by_name = true, filename = true))"
            answer = db.execute(f"with {source} {query}", [place, *parameters])
            names = [column[0] for column in answer.description or ()]
            return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]

    def _found(self, pattern: str) -> list[str]:
        """The paths that match, sorted. Raises UnreadableLake where the storage does not say."""
        files, root = self._place
        try:
            return sorted(files.glob(f"{root}/{pattern}"))
        except Exception as error:  # whatever a storage's client raises is why
            said = f"the lake {self.url} cannot be listed (Q2C_LAKE): {error}; check the place, and the credentials of its storage"
            raise UnreadableLake(said) from error

    def _rows(self, path: str, schema: pa.Schema) -> pa.Table:
        try:
            # in this thread alone: one of Arrow's own that still holds the file at the process's end aborts it (apache/arrow#50482)
            whole = pq.ParquetFile(pa.BufferReader(self._place[0].cat_file(path)))
            return whole.read(schema.names, use_threads=False).select(schema.names).cast(schema)
        except (pa.ArrowInvalid, OSError, KeyError) as error:
            raise UnreadableLake(
                f"the lake file {path} cannot be read ({error}); restore it, or move it away to go on without"
            ) from error
