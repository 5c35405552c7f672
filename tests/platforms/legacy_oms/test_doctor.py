"""What the doctor finds of a database: it looks, makes no slot, and tells what should be set."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from q2c_pipelines import doctor
from q2c_pipelines.config import ConfigError, Settings, connection
from tests.platforms.legacy_oms.conftest import CREDENTIALS, Oms
from tests.platforms.legacy_oms.holding import Holding


def looked(oms: Oms, home: Path, base_url: str = "") -> Iterator[tuple[bool, str]]:
    """What was found of the platform: whether it is well, and what is said."""
    entry = {"base_url": base_url or oms.connection.base_url, "credentials": CREDENTIALS, "settings": {"slot": oms.name}}
    (home / "connections.yaml").write_text(yaml.safe_dump({"legacy_oms": entry}))
    for each in doctor.examine(Settings(home=home, platforms=["legacy_oms"])):
        if each.where == "legacy_oms":
            yield each.is_well, each.remedy or each.what


def test_where_all_is_well_every_table_can_be_read_and_nothing_is_left_behind(oms: Oms, tmp_path: Path) -> None:
    assert list(looked(oms, tmp_path)) == [
        (True, "credentials are given"),
        (True, "11 of 11 tables can be read"),
        (True, "writing: 16 of 16 rights looked up"),
    ]
    assert oms.confirmed is None


def test_a_missing_right_and_a_slot_without_a_bound_are_told(oms: Oms, tmp_path: Path) -> None:
    with oms.client() as client:
        Holding().read(client)
    oms.execute("revoke select on oms.notes from q2c_reader")
    oms.execute("alter system set max_slot_wal_keep_size = -1")
    oms.execute("select pg_reload_conf()")
    try:
        ill = [said for is_well, said in looked(oms, tmp_path) if not is_well]
    finally:
        oms.execute("alter system reset max_slot_wal_keep_size")
        oms.execute("select pg_reload_conf()")
    assert len(ill) == 2
    assert ill[0].endswith("read notes: permission denied for table notes. Lacks: reader: SELECT on notes")
    assert ill[1].startswith("max_slot_wal_keep_size is -1")


@pytest.mark.parametrize(
    ("statement", "undone", "lacks"),
    [
        ("alter role q2c_reader noreplication", "alter role q2c_reader replication", "q2c_reader is without REPLICATION"),
        ("revoke usage on schema oms from q2c_writer", "", "lacks to write: writer: USAGE on the schema (oms)"),
        (
            "revoke usage on sequence oms.order_number from q2c_writer",
            "",
            "sequences (order_number), for CreateCustomer",
        ),
        ("revoke update on oms.orders from q2c_writer; grant update (status) on oms.orders to q2c_writer", "", "(orders.ends_on, "),
    ],
    ids=["replication", "schema", "sequence", "columns"],
)
def test_what_the_catalogue_tells_of_the_roles(oms: Oms, tmp_path: Path, statement: str, undone: str, lacks: str) -> None:
    oms.execute(statement)
    try:
        ill = [said for is_well, said in looked(oms, tmp_path) if not is_well]
    finally:
        oms.execute(undone or "select 1")
    assert [said for said in ill if lacks in said]


@pytest.mark.parametrize(
    "url", ["https://oms.example.com", "postgresql://oms.example.com", "postgresql://me:secret@oms.example.com/oms"]
)
def test_an_address_names_a_host_and_a_database_and_nobody(oms: Oms, tmp_path: Path, url: str) -> None:
    list(looked(oms, tmp_path))
    assert connection(Settings(home=tmp_path), "legacy_oms").settings["publication"] == "oms"
    (tmp_path / "connections.yaml").write_text(yaml.safe_dump({"legacy_oms": {"base_url": url}}))
    with pytest.raises(ConfigError, match="it begins with postgresql:// and a host, as postgresql://"):
        connection(Settings(home=tmp_path), "legacy_oms")
