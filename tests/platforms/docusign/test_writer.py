"""Writing: contracts are called back and signers reminded once, whatever happens on the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from q2c_pipelines.platforms.client import Client
from q2c_pipelines.platforms.commands import Command, ResendEnvelope, VoidEnvelope
from q2c_pipelines.platforms.docusign.writer import HANDLERS
from q2c_pipelines.platforms.errors import Terminal, Transient, UnknownOutcome
from q2c_pipelines.platforms.flow import Receipt
from tests.platforms.docusign.conftest import CONTRACT, Account

COMMON: dict[str, Any] = {"platform": "docusign", "deal_key": "salesforce:006A", "legal_entity": "US", "native_id": CONTRACT}
VOID = VoidEnvelope(key="void-1", reason="The deal was lost", observed="sent", observed_version=None, **COMMON)
RESEND = ResendEnvelope(key="resend-1", observed="sent", observed_version=None, **COMMON)
COMMANDS = {"void": VOID, "resend": RESEND}


def run(client: Client, command: Command) -> Receipt:
    return client.run(HANDLERS[type(command)](command))


def version(account: Account) -> datetime:
    return datetime.fromisoformat(account.envelope()["lastModifiedDateTime"])


def effects(account: Account) -> int:
    """How often the envelope was called back or sent again."""
    return sum(action in ("Voided", "Resent") for action in account.trail())


def test_a_contract_is_called_back_with_its_reason(account: Account, client: Client) -> None:
    receipt = run(client, VOID)
    assert (receipt.outcome, receipt.native_id) == ("written", CONTRACT)
    assert (receipt.read_back["status"], receipt.read_back["voidedReason"]) == ("voided", "The deal was lost")
    assert account.envelope()["voidedDateTime"]


def test_a_reminder_is_sent(account: Account, client: Client) -> None:
    before = account.envelope()["sentDateTime"]
    assert run(client, RESEND).outcome == "written"
    assert account.trail() == ["Registered", "Resent"]
    assert account.envelope()["sentDateTime"] > before


@pytest.mark.proves("once")
@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_told_twice_has_one_effect(account: Account, client: Client, name: str) -> None:
    command = replace(COMMANDS[name], observed_version=version(account))
    assert [run(client, command).outcome for _ in range(2)] == ["written", "adopted"]
    assert effects(account) == 1


@pytest.mark.proves("timeout_after_commit", by="fault")
@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("fault", ["timeout_after_commit", "reset", "server_error"])
def test_a_write_without_an_answer_is_found_or_done_again(account: Account, client: Client, name: str, fault: str) -> None:
    command = replace(COMMANDS[name], observed_version=version(account))
    account.fault(fault, method="PUT")
    with pytest.raises(UnknownOutcome):
        run(client, command)
    done = fault == "timeout_after_commit"
    assert effects(account) == done
    assert run(client, command).outcome == ("adopted" if done else "written")
    assert effects(account) == 1


def test_a_second_reminder_is_sent_once_the_first_was_observed(account: Account, client: Client) -> None:
    run(client, replace(RESEND, observed_version=version(account)))
    account.advance(days=3)
    again = replace(RESEND, key="resend-2", observed_version=version(account))
    assert run(client, again).outcome == "written"
    assert effects(account) == 2


def test_a_reminder_that_somebody_sent_meanwhile_will_do(account: Account, client: Client) -> None:
    observed = version(account)
    account.advance(hours=1)
    run(client, replace(RESEND, key="somebody"))
    assert run(client, replace(RESEND, observed_version=observed)).outcome == "adopted"
    assert effects(account) == 1


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("status", ["completed", "declined"])
def test_a_contract_that_has_ended_is_left_alone(account: Account, client: Client, name: str, status: str) -> None:
    account.plant("envelope", CONTRACT, status=status)
    receipt = run(client, COMMANDS[name])
    assert receipt.outcome == "superseded"
    assert "not sent as observed" in receipt.detail
    assert effects(account) == 0


@pytest.mark.parametrize("name", COMMANDS)
def test_a_contract_that_changed_since_it_was_observed_is_left_alone(account: Account, client: Client, name: str) -> None:
    command = replace(COMMANDS[name], observed_version=version(account))
    account.advance(minutes=1)
    account.plant("custom_field", "1001", value="Q-00000009")
    receipt = run(client, command)
    assert receipt.outcome == "superseded"
    assert "after it was observed" in receipt.detail


@pytest.mark.proves("stale_lock")
@pytest.mark.parametrize("name", COMMANDS)
def test_a_contract_that_ends_between_look_and_write_is_left_alone(account: Account, client: Client, name: str) -> None:
    flow = HANDLERS[type(COMMANDS[name])](COMMANDS[name])
    request = next(flow)
    while not request.is_write:
        request = flow.send(client.read(request))
    account.plant("envelope", CONTRACT, status="completed")
    reading_back = flow.send(client._once(request))
    with pytest.raises(StopIteration) as done:
        flow.send(client.read(reading_back))
    assert done.value.value.outcome == "superseded"
    assert account.envelope()["status"] == "completed"


@pytest.mark.parametrize("name", COMMANDS)
def test_a_contract_that_is_gone_is_superseded(account: Account, client: Client, name: str) -> None:
    receipt = run(client, replace(COMMANDS[name], native_id="99999999-2222-4333-8444-555555555555"))
    assert (receipt.outcome, receipt.detail[:20]) == ("superseded", "the envelope is gone")


@pytest.mark.proves("stale_lock")
def test_what_somebody_is_editing_is_tried_again_later(account: Account, client: Client) -> None:
    held = {"lockToken": "theirs", "lockedUntilDateTime": "2026-12-01T00:00:00.0000000Z"}
    account.state.insert("lock", {"envelopeId": CONTRACT} | held, account.at[0])
    with pytest.raises(Transient, match=r"EDIT_LOCK_NOT_LOCK_OWNER.*somebody is editing"):
        run(client, VOID)
    account.state.delete("lock", CONTRACT, account.at[0])
    assert run(client, VOID).outcome == "written"


@pytest.mark.proves("rate_limit")
def test_a_limit_that_a_write_meets_says_when_it_ends(account: Account, client: Client) -> None:
    account.advance(minutes=15)
    account.fault("rate_limit", method="PUT")
    with pytest.raises(Transient, match="HOURLY_APIINVOCATION_LIMIT_EXCEEDED") as limited:
        run(client, VOID)
    assert limited.value.retry_after == timedelta(minutes=15).total_seconds()


@pytest.mark.proves("error_body")
def test_a_refusal_of_a_write_is_told_with_the_call(account: Account, client: Client) -> None:
    with pytest.raises(Terminal, match=f"DocuSign: PUT /envelopes/{CONTRACT}: INVALID_REQUEST_BODY: .*voidedReason"):
        run(client, replace(VOID, reason=""))


def test_a_reason_is_cut_to_what_the_platform_takes(account: Account, client: Client) -> None:
    run(client, replace(VOID, reason="x" * 300))
    assert account.envelope()["voidedReason"] == "x" * 200
