"""Where the files lie: a local folder, an object store by any fsspec address, an SFTP server. Looked at and read, never changed.

Listing | Fetch | Settled -> fsspec -> entries | bytes | whether it lay still, or PlatformError, or Unusable for one file.
"""

from __future__ import annotations

import errno
import glob
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import fsspec
import paramiko  # type: ignore[import-untyped]
from fsspec import AbstractFileSystem
from fsspec.implementations.local import LocalFileSystem

from q2c_pipelines.platforms.client import Connection
from q2c_pipelines.platforms.errors import PlatformError, Terminal, Transient, Unauthorized
from q2c_pipelines.platforms.file_drop import sftp
from q2c_pipelines.platforms.file_drop.errors import Unusable
from q2c_pipelines.platforms.file_drop.looks import Looks
from q2c_pipelines.platforms.file_drop.requests import Entry, Fetch, Listing, Request, Settled
from q2c_pipelines.platforms.spec import Platform

_STAMPS = ("mtime", "LastModified", "last_modified", "updated", "created")  # when it changed, as kinds of storage call it
_LOST = (EOFError, OSError, paramiko.SSHException)


def session(platform: Platform, connection: Connection, timeout: float) -> Storage:
    """The wire of one client."""
    return Storage(platform, connection, timeout)


class Storage:
    """One folder, opened when it is first asked and again after it was lost.

    `answered_at`: when the latest request began; of a listing, where the connection's `clock` says so, by the folder's own time.
    """

    def __init__(self, platform: Platform, connection: Connection, timeout: float):
        self.answered_at: datetime | None = None
        self.tried = ""
        self._platform, self._connection, self._timeout = platform, connection, timeout
        self._looks = Looks(Path(file)) if (file := connection.settings.get("looks")) else None
        self._has_clock = connection.settings.get("clock") == "folders"
        self._files: AbstractFileSystem | None = None
        self._root = ""

    def send(self, request: Request) -> Any:
        """Entries, bytes, or whether a file lay still. Raises PlatformError, and Unusable for what costs one file only."""
        self.answered_at, began = None, datetime.now(UTC)
        if isinstance(request, Settled):
            return self._is_settled(request)
        self.tried = str(request)
        with self._errors():
            files = self._opened()
            answer = self._entries(files, request) if isinstance(request, Listing) else self._body(files, request)
            told = _time(_stamp(files.info(self._root or "/"))) if self._has_clock and isinstance(request, Listing) else None
        self.answered_at = max(began, told or began)
        return answer

    def close(self) -> None:
        """Let go of a server; a read in another thread ends."""
        if isinstance(self._files, sftp.Server):
            self._files.client.close()
        self._files = None

    def _opened(self) -> AbstractFileSystem:
        if self._files is None:
            url, given = self._connection.base_url, self._connection.credentials
            if url.startswith(("sftp://", "ssh://")):
                self._files, self._root = sftp.connected(url, given, self._timeout)
            else:
                self._files, root = fsspec.core.url_to_fs(url, skip_instance_cache=True, **_options(given.get("storage_options")))
                self._root = root.rstrip("/")
        return self._files

    def _entries(self, files: AbstractFileSystem, asked: Listing) -> list[Entry]:
        if not files.isdir(self._root or "/"):
            raise Terminal(f"the folder {self._root} does not exist or may not be read; check base_url in connections.yaml")
        below = f"{glob.escape(self._root)}/{asked.below}"
        files.invalidate_cache()
        folders = [path for path in files.glob(below) if files.isdir(path)] if asked.below else [self._root or "/"]
        listed = [info for folder in folders for info in files.ls(folder, detail=True)]
        found = [_entry(info, self._root) for info in listed if info["name"].rstrip("/") != self._root]
        return sorted(found, key=lambda entry: entry.name)

    def _body(self, files: AbstractFileSystem, asked: Fetch) -> bytes:
        entry = asked.entry
        try:
            self._require_file(files, entry)
            body = bytes(files.cat_file(entry.path))
        except PermissionError as error:
            raise Unusable(f"the file {entry.name} may not be read: give the user of q2c the right to") from error
        except OSError as error:
            if error.errno == errno.ELOOP or (isinstance(error, FileNotFoundError) and entry.kind != "file"):
                raise Unusable(f"{entry.name} is a link to nothing: leave the file itself") from error
            raise
        if entry.kind == "file" and len(body) != entry.size:
            raise Unusable(f"the file {entry.name} had {entry.size} bytes and then {len(body)}: it is still being written")
        return body

    def _require_file(self, files: AbstractFileSystem, entry: Entry) -> None:
        if isinstance(files, LocalFileSystem):
            real = Path(os.path.realpath(entry.path, strict=True))
            if not real.is_relative_to(Path(self._root or "/").resolve()):
                raise Unusable(f"{entry.name} is a link to something outside the folder: leave the file itself")
        if (kind := files.info(entry.path)["type"]) != "file":
            raise Unusable(
                f"{entry.name} is no file but {'a directory' if kind == 'directory' else 'a pipe, a device or the like'}"
            )

    def _is_settled(self, asked: Settled) -> bool:
        if self._looks is None:
            raise Terminal(
                f"{self._platform.title}: nothing marks files such as {asked.entry.name} as complete, so it has to be remembered "
                "how they lay: name a file for that in settings.looks in connections.yaml",
                platform=self._platform.name,
            )
        place = f"{self._connection.base_url} {asked.entry.name}"
        return self._looks.is_quiet(place, asked.entry.size, asked.entry.stamp, asked.patience)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Turns what a storage says inside the block into the platform's errors; a connection that was lost is let go."""
        title, name = self._platform.title, self._platform.name
        try:
            yield
        except PlatformError as error:
            told = type(error)(f"{title}: {error}", platform=name, code=error.code)
            if isinstance(told, Unauthorized) and isinstance(error, Unauthorized):
                told.at_login = error.at_login
            raise told from error
        except PermissionError as error:
            raise Unauthorized(f"{title}: the folder may not be read: {error}", platform=name, code="EACCES") from error
        except _LOST as error:
            self.close()
            said = str(error) or type(error).__name__
            raise Transient(f"{title}: reading broke off ({said}): the next read begins with it again", platform=name) from error


def _options(given: str | None) -> dict[str, Any]:
    try:
        options = json.loads(given or "{}")
    except json.JSONDecodeError:
        options = None
    if not isinstance(options, dict):
        raise Unauthorized("credentials.storage_options is no JSON object with a name for each value")
    return options


def _entry(info: dict[str, Any], root: str) -> Entry:
    path = info["name"].rstrip("/")
    kind = "link" if info.get("islink") or info["type"] == "link" else info["type"]
    stamp = _stamp(info)
    return Entry(path.removeprefix(f"{root}/"), path, kind, info.get("size") or 0, str(stamp), _time(stamp))


def _stamp(info: dict[str, Any]) -> Any:
    return next((info[stamp] for stamp in _STAMPS if stamp in info), None)


def _time(stamp: object) -> datetime | None:
    if isinstance(stamp, (int, float)):
        return datetime.fromtimestamp(stamp, UTC)
    if isinstance(stamp, datetime):
        return stamp.astimezone(UTC) if stamp.tzinfo else stamp.replace(tzinfo=UTC)
    return None
