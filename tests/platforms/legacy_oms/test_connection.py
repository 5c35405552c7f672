"""What PostgreSQL says, as errors that tell what to do about them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.emulation import Emulation, Fault
from q2c_pipelines.platforms.errors import PlatformError, Terminal, Transient, Unauthorized, UnknownOutcome
from q2c_pipelines.platforms.legacy_oms import emulator
from q2c_pipelines.platforms.legacy_oms.statements import Look, OpenLog, Statement, Write, kind_of
from tests.platforms.legacy_oms.conftest import CREDENTIALS, NOW, PLATFORM, Oms
from tests.platforms.legacy_oms.holding import Holding

ORDERS = Look(Statement("select id from {schema}.orders order by id", {}))


def client_of(oms: Oms, **changed: str) -> Client:
    return Client(PLATFORM, replace(oms.connection, credentials={**CREDENTIALS, **changed}), attempts=1)


def test_a_query_is_answered_with_its_rows(client: Client) -> None:
    assert [row["id"] for row in client.read(ORDERS)] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("who", ["reader", "writer"])
def test_after_a_wrong_password_nothing_is_asked_any_more(oms: Oms, who: str) -> None:
    request = OpenLog(PLATFORM) if who == "reader" else ORDERS
    with client_of(oms, **{f"{who}_password": "guessed"}) as client:
        with pytest.raises(Unauthorized, match=f'Legacy OMS: log in: password authentication failed for user "q2c_{who}"'):
            client.read(request)
        assert client.is_login_refused
        with pytest.raises(Unauthorized, match="not asked after this"):
            client.read(request)


def test_where_nobody_listens_is_asked_once(oms: Oms) -> None:
    nobody = replace(oms.connection, base_url="postgresql://127.0.0.1:1/oms")
    with Client(PLATFORM, nobody, attempts=3) as client:
        with pytest.raises(Transient, match="cannot be reached"):
            client.read(ORDERS)
        assert client.requests == 1


def test_a_database_that_does_not_exist_is_a_wrong_address(oms: Oms) -> None:
    elsewhere = replace(oms.connection, base_url=f"{oms.connection.base_url}x")
    wrong = pytest.raises(Terminal, match=r'database "oms_\d+x" does not exist; check base_url')
    with Client(PLATFORM, elsewhere, attempts=1) as client, wrong:
        client.read(ORDERS)


@pytest.mark.proves("server_error")
def test_a_session_that_was_ended_is_made_anew_within_a_run(oms: Oms, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("q2c_pipelines.platforms.client._wait", lambda _: 0.0)
    client.read(ORDERS)
    emulator.strike(Emulation(oms.state, lambda: NOW, CREDENTIALS), Fault("reset"))
    assert len(client.read(ORDERS)) == 5


@pytest.mark.proves("resume")
def test_a_read_whose_session_was_ended_fails_for_now_and_the_next_has_all_of_it(oms: Oms) -> None:
    held = Holding()
    with oms.client() as client:
        held.read(client)
    oms.execute("update oms.orders set status = 'closed' where id = 2")
    with oms.client() as client:
        client.read(OpenLog(PLATFORM))
        emulator.strike(Emulation(oms.state, lambda: NOW, CREDENTIALS), Fault("reset"))
        with pytest.raises(Transient, match=r"terminating connection|connection .*lost|server closed"):
            held.taken(client)
    with oms.client() as client:
        assert held.read(client).counted == {"orders": 1, "order_events": 1}


def test_a_commit_whose_answer_was_lost_is_an_unknown_outcome(oms: Oms, client: Client) -> None:
    die = Statement("select pg_terminate_backend(pg_backend_pid())", {})
    mark = Statement("insert into {schema}.integration_outbox (command_key, command) values ('k', 'x')", {})
    with pytest.raises(UnknownOutcome):
        client._once(Write((mark, die)))
    assert oms.one("select count(*) from oms.integration_outbox") == 0


@pytest.mark.proves("error_body")
def test_the_roles_may_do_no_more_than_they_need(client: Client, oms: Oms) -> None:
    deleting = Write((Statement("delete from {schema}.orders where id = 1", {}),))
    with pytest.raises(Unauthorized, match="permission denied for table orders") as raised:
        client._once(deleting)
    assert (raised.value.code, raised.value.at_login, client.is_login_refused) == ("42501", False, False)
    slots = Look(Statement("select pg_drop_replication_slot('x')", {}))
    with pytest.raises(PlatformError, match="permission denied to use replication slots"):
        client.read(slots)


@pytest.mark.proves("error_body")
@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("40001", Transient),
        ("40P01", Transient),
        ("53300", Transient),  # too many connections: PostgreSQL's way to say slow down, without saying for how long
        ("55P03", Transient),
        ("57P03", Transient),
        ("28P01", Unauthorized),
        ("42501", Unauthorized),
        ("23505", Terminal),
        ("22P02", Terminal),
        ("42P01", Terminal),
    ],
)
def test_what_to_do_is_told_by_the_sqlstate(code: str, kind: type[PlatformError]) -> None:
    assert kind_of(code) is kind


@pytest.mark.proves("stale_lock")
def test_a_locked_record_is_tried_again_later(oms: Oms, client: Client) -> None:
    client.read(Look(Statement("select set_config('lock_timeout', '50', false)", {})))
    change = Write((Statement("update {schema}.orders set quote_number = 'Q' where id = 1", {}),))
    with oms.state.pg.transaction():
        oms.execute("select from oms.orders where id = 1 for update")
        with pytest.raises(Transient, match="canceling statement due to lock timeout"):
            client._once(change)
    assert client._once(change) is True
