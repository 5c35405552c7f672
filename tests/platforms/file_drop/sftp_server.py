"""An SFTP server on loopback that serves one folder, read-only, to a user with a password or a key.

It may show another host key than before, and break off after so many bytes.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import paramiko

USER, PASSWORD = "q2c", "correct horse"


@dataclass
class Server:
    """What is served and how. `breaks`: how many downloads are still to break off in the middle."""

    folder: Path
    host_key: paramiko.PKey
    user_key: paramiko.PKey | None = None
    port: int = 0
    breaks: int = 0
    logins: int = 0
    open: list[paramiko.Transport] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"sftp://127.0.0.1:{self.port}/drop"

    @property
    def pinned(self) -> str:
        return f"{self.host_key.get_name()} {self.host_key.get_base64()}"


class _Login(paramiko.ServerInterface):
    def __init__(self, server: Server):
        self._server = server

    def get_allowed_auths(self, username: str) -> str:
        return "password,publickey"

    def check_auth_password(self, username: str, password: str) -> int:
        return self._answer(username == USER and password == PASSWORD)

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        return self._answer(username == USER and key == self._server.user_key)

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.OPEN_SUCCEEDED

    def _answer(self, is_well: bool) -> int:
        self._server.logins += 1
        return paramiko.AUTH_SUCCESSFUL if is_well else paramiko.AUTH_FAILED


class _File(paramiko.SFTPHandle):
    def __init__(self, server: Server, content: bytes):
        super().__init__()
        self._server, self._content = server, content

    def read(self, offset: int, length: int) -> bytes | int:
        if self._server.breaks:
            self._server.breaks -= 1
            self._server.open[-1].close()
            return paramiko.SFTP_FAILURE
        return self._content[offset : offset + length]

    def stat(self) -> paramiko.SFTPAttributes:
        attributes = paramiko.SFTPAttributes()
        attributes.st_size = len(self._content)
        return attributes


class _Files(paramiko.SFTPServerInterface):
    def __init__(self, login: Any, server: Server):
        super().__init__(login)
        self._server = server

    def list_folder(self, path: str) -> list[paramiko.SFTPAttributes] | int:
        place = self._place(path)
        if not place.is_dir():
            return paramiko.SFTP_NO_SUCH_FILE
        return [paramiko.SFTPAttributes.from_stat(each.lstat(), each.name) for each in place.iterdir()]

    def stat(self, path: str) -> paramiko.SFTPAttributes | int:
        place = self._place(path)
        return paramiko.SFTPAttributes.from_stat(place.stat()) if place.exists() else paramiko.SFTP_NO_SUCH_FILE

    lstat = stat

    def open(self, path: str, flags: int, attr: Any) -> paramiko.SFTPHandle | int:
        if flags & (os.O_WRONLY | os.O_RDWR):
            return paramiko.SFTP_PERMISSION_DENIED
        place = self._place(path)
        if not place.is_file():
            return paramiko.SFTP_NO_SUCH_FILE
        if not place.stat().st_mode & 0o400:
            return paramiko.SFTP_PERMISSION_DENIED
        return _File(self._server, place.read_bytes())

    def _place(self, path: str) -> Path:
        return self._server.folder.parent / self.canonicalize(path).lstrip("/")


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    """Listen on a free port until the block is left."""
    listening = socket.create_server(("127.0.0.1", 0))
    server.port = listening.getsockname()[1]

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listening.accept()
                transport = paramiko.Transport(connection)
                transport.add_server_key(server.host_key)
                transport.set_subsystem_handler("sftp", paramiko.SFTPServer, _Files, server)
                server.open.append(transport)
                with suppress(paramiko.SSHException, EOFError):
                    transport.start_server(server=_Login(server))

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        for transport in server.open:
            transport.close()
        thread.join(5)
