"""An SFTP server that is the one whose host key was pinned, or nothing.

sftp://host:port/folder and credentials -> fsspec's file system. No key is ever taken on sight, and none from this machine's user.
"""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import paramiko  # type: ignore[import-untyped]
from fsspec.implementations.sftp import SFTPFileSystem

from q2c_pipelines.platforms.errors import Terminal, Transient, Unauthorized

_PORT = 22


class Server(SFTPFileSystem):  # type: ignore[misc]
    """fsspec's file system over a client that knows one host key."""

    def __init__(self, host: str, pinned: paramiko.PKey, **ssh: Any):
        self._pinned = pinned
        super().__init__(host, **ssh)

    def _connect(self) -> None:
        port = self.ssh_kwargs["port"]
        known = self.host if port == _PORT else f"[{self.host}]:{port}"
        self.client = paramiko.SSHClient()
        self.client.get_host_keys().add(known, self._pinned.get_name(), self._pinned)
        self.client.set_missing_host_key_policy(paramiko.RejectPolicy())
        self.client.connect(self.host, **self.ssh_kwargs)
        self.ftp = self.client.open_sftp()


def connected(url: str, credentials: Mapping[str, str], timeout: float) -> tuple[Server, str]:
    """The server's file system and the folder on it. Raises Unauthorized, Terminal where it is another server, Transient."""
    place = urlsplit(url)
    if place.username or place.password:
        raise Terminal("base_url names a user or a password: they belong under credentials, as sftp_user and sftp_password")
    host, port = place.hostname or "", place.port or _PORT
    login, pinned = _login(credentials), _host_key(credentials)
    patience = dict.fromkeys(("timeout", "banner_timeout", "auth_timeout", "channel_timeout"), timeout)
    alone = {"look_for_keys": False, "allow_agent": False, "skip_instance_cache": True}
    try:
        return Server(host, pinned, port=port, **login, **patience, **alone), place.path.rstrip("/")
    except paramiko.BadHostKeyException as error:
        raise Terminal(_changed(host, pinned, error.key)) from error
    except paramiko.AuthenticationException as error:
        refused = Unauthorized(f"{host} does not let {login['username']} in: {error}")
        refused.at_login = True
        raise refused from error
    except (paramiko.SSHException, OSError, EOFError) as error:
        if "not found in known_hosts" in str(error):
            raise Terminal(_changed(host, pinned, None)) from error
        raise Transient(f"{host}:{port} cannot be reached: {error}") from error


def _changed(host: str, pinned: paramiko.PKey, shown: paramiko.PKey | None) -> str:
    other = f"{shown.get_name()} {shown.fingerprint}" if shown else "a key of another kind"
    return (
        f"{host} shows the host key {other} and not the pinned {pinned.get_name()} {pinned.fingerprint}: it is another server, "
        "or its key was changed. Nothing was sent; ask the partner, and only then change credentials.sftp_host_key"
    )


def _login(credentials: Mapping[str, str]) -> dict[str, Any]:
    login: dict[str, Any] = {"username": _needed(credentials, "sftp_user")}
    if private := credentials.get("sftp_private_key"):
        return login | {"pkey": _private_key(private, credentials.get("sftp_key_passphrase"))}
    return login | {"password": _needed(credentials, "sftp_password")}


def _host_key(credentials: Mapping[str, str]) -> paramiko.PKey:
    words = [word for word in _needed(credentials, "sftp_host_key").split() if not word.startswith(("#", "|"))]
    place = next((place for place, word in enumerate(words) if word.startswith(("ssh-", "ecdsa-"))), None)
    try:
        return paramiko.PKey.from_type_string(words[place or 0], base64.b64decode(words[(place or 0) + 1]))
    except (IndexError, binascii.Error, paramiko.SSHException, ValueError) as error:
        wanted = "one line as `ssh-keyscan` prints it, such as ssh-ed25519 AAAA..."
        raise Unauthorized(f"credentials.sftp_host_key cannot be read: it is the server's public key, {wanted}") from error


def _private_key(text: str, passphrase: str | None) -> paramiko.PKey:
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            return kind.from_private_key(io.StringIO(text), passphrase)
        except (paramiko.SSHException, ValueError, IndexError):
            continue
    raise Unauthorized(
        "credentials.sftp_private_key cannot be read: it is a private key (Ed25519, ECDSA or RSA), with its passphrase"
    )


def _needed(credentials: Mapping[str, str], name: str) -> str:
    if value := credentials.get(name, ""):
        return value
    raise Unauthorized(f"credentials.{name} is missing, which an SFTP server needs")
