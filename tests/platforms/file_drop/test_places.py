"""The same files in an object store and on an SFTP server; another server's key, a wrong password, a connection that breaks."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import fsspec
import paramiko
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.client import Client, Connection
from q2c_pipelines.platforms.errors import PlatformError, Terminal, Transient, Unauthorized
from q2c_pipelines.platforms.file_drop.emulator import drop
from q2c_pipelines.platforms.file_drop.requests import Listing
from tests.platforms.file_drop.conftest import HEADER, look, payment
from tests.platforms.file_drop.sftp_server import PASSWORD, USER, Server, serving


def private_key(passphrase: bytes = b"") -> str:
    locked = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, locked).decode()


def key() -> paramiko.PKey:
    return paramiko.Ed25519Key.from_private_key(io.StringIO(private_key()))


@pytest.fixture
def server(folder: Path) -> Iterator[Server]:
    """The folder, with two files of the bank, on an SFTP server."""
    for number in (1, 2):
        drop(folder, f"payments_{number}.csv", HEADER + payment(f"FP{number}"))
    with serving(Server(folder, key())) as served:
        yield served


def login(server: Server, **other: str) -> dict[str, str]:
    return {"sftp_user": USER, "sftp_password": PASSWORD, "sftp_host_key": server.pinned} | other


def test_an_object_store_is_read_as_a_folder_is() -> None:
    store = fsspec.filesystem("memory")
    for number, folder in ((1, "drop"), (2, "drop"), (3, "other")):
        body = (HEADER + payment(f"FP{number}")).encode()
        store.pipe_file(f"/{folder}/payments_{number}.csv", body)
        promised = {"name": f"payments_{number}.csv", "bytes": len(body), "sha256": "0" * 64}
        if number == 1:
            store.pipe_file(f"/{folder}/payments_1.manifest.json", json.dumps({"files": [promised]}).encode())
    seen = look("memory://drop")
    assert (seen.lines, list(seen.refused)) == ([], ["payments_1.csv"])
    store.rm("/drop", recursive=True)
    with pytest.raises(Terminal, match="does not exist or may not be read; check base_url"):
        look("memory://drop")


def test_what_an_object_store_takes_is_json_and_is_never_told(folder: Path) -> None:
    with pytest.raises(Unauthorized, match=r"storage_options is no JSON object") as refused:
        look(folder, credentials={"storage_options": '{"secret": "hunter2"'})
    assert "hunter2" not in str(refused.value)
    look(folder, credentials={"storage_options": '{"auto_mkdir": false}'})


def test_an_sftp_server_is_read_as_a_folder_is(server: Server) -> None:
    assert look(server.url, credentials=login(server)).refs == ["FP1", "FP2"]
    assert server.logins == 1, "one connection a read"


@pytest.mark.parametrize("passphrase", ["", "open sesame"], ids=["plain", "locked"])
def test_a_user_may_come_with_a_key(server: Server, passphrase: str) -> None:
    text = private_key(passphrase.encode())
    server.user_key = paramiko.Ed25519Key.from_private_key(io.StringIO(text), passphrase or None)
    given = {"sftp_private_key": text, "sftp_password": "", "sftp_key_passphrase": passphrase}
    assert look(server.url, credentials=login(server) | given).refs == ["FP1", "FP2"]


@pytest.mark.parametrize("shown", [key(), paramiko.RSAKey.generate(2048)], ids=["same kind", "other kind"])
def test_a_server_that_shows_another_key_is_given_nothing(server: Server, shown: paramiko.PKey) -> None:
    pinned = login(server)
    server.host_key = shown
    with pytest.raises(Terminal, match=r"host key .* and not the pinned ssh-ed25519 SHA256:.*Nothing was sent; ask the partner"):
        look(server.url, credentials=pinned, attempts=3)
    assert server.logins == 0


def test_a_key_of_the_servers_list_is_pinned_as_ssh_keyscan_prints_it(server: Server) -> None:
    printed = f"[127.0.0.1]:{server.port} {server.pinned} the partner's"
    assert look(server.url, credentials=login(server, sftp_host_key=printed)).refs == ["FP1", "FP2"]


WRONG = {
    "password": ({"sftp_password": "hunter2"}, "does not let q2c in"),
    "no password": ({"sftp_password": ""}, "credentials.sftp_password missing"),
    "no host key": ({"sftp_host_key": ""}, "credentials.sftp_host_key missing"),
    "host key": ({"sftp_host_key": "ssh-ed25519 hunter2"}, "credentials.sftp_host_key cannot be read"),
    "private key": ({"sftp_private_key": "hunter2"}, "credentials.sftp_private_key cannot be read"),
}


@pytest.mark.parametrize(("given", "reason"), WRONG.values(), ids=WRONG)
def test_credentials_that_are_wrong_or_missing_are_named_and_never_told(server: Server, given: dict[str, str], reason: str) -> None:
    with pytest.raises(Unauthorized, match=reason) as refused:
        look(server.url, credentials=login(server, **given), attempts=3)
    assert "hunter2" not in str(refused.value)
    assert server.logins <= 1, "more of them could lock the account"


def test_without_any_credentials_a_server_is_not_called(server: Server) -> None:
    with pytest.raises(Unauthorized, match=r"credentials\.sftp_user is missing"):
        look(server.url)
    with pytest.raises(Terminal, match="base_url names a user or a password") as refused:
        look(server.url.replace("//", "//q2c:hunter2@"), credentials=login(server))
    assert "hunter2" not in str(refused.value)


def test_a_connection_that_breaks_is_made_again_and_the_whole_file_read(server: Server) -> None:
    server.breaks = 1
    seen = look(server.url, credentials=login(server), attempts=2)
    assert (seen.refs, server.logins) == (["FP1", "FP2"], 2)


def test_a_connection_that_goes_on_breaking_fails_the_read_and_the_next_is_whole(server: Server) -> None:
    server.breaks = 1
    with pytest.raises(Transient, match="the next read begins with it again"):
        look(server.url, credentials=login(server))
    assert look(server.url, credentials=login(server)).refs == ["FP1", "FP2"]


def test_a_server_that_is_not_there_may_come_back(server: Server) -> None:
    with pytest.raises(Transient, match="cannot be reached"):
        look("sftp://127.0.0.1:1/drop", credentials=login(server))


def test_a_folder_that_is_not_on_the_server_and_a_file_that_may_not_be_read(server: Server) -> None:
    with pytest.raises(Terminal, match="the folder /drop/none does not exist"):
        look(f"{server.url}/none", credentials=login(server))
    (server.folder / "payments_1.csv").chmod(0)
    seen = look(server.url, credentials=login(server))
    assert (seen.refs, "may not be read" in seen.refused["payments_1.csv"]) == (["FP2"], True)


def test_every_error_names_the_platform(folder: Path) -> None:
    with (
        Client(spec.load("file_drop"), Connection(str(folder / "none")), attempts=1) as client,
        pytest.raises(PlatformError) as told,
    ):
        client.read(Listing())
    assert (told.value.platform, str(told.value).startswith("File drop: ")) == ("file_drop", True)
