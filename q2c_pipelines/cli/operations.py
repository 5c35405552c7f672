"""`actions`, `deliver`, `audit`: what is to be written back, who agreed, what became of it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from q2c_pipelines import cycle
from q2c_pipelines.actions import approval
from q2c_pipelines.actions.policy import load_policy
from q2c_pipelines.cli import approved, deals, show
from q2c_pipelines.cli.published import require_begun
from q2c_pipelines.cli.show import AsJson
from q2c_pipelines.config import settings
from q2c_pipelines.mismatches import rules
from q2c_pipelines.outbox import audit, listing
from q2c_pipelines.outbox import replay as outbox_replay
from q2c_pipelines.outbox.keys import kinds
from q2c_pipelines.outbox.ownership import load_ownership
from q2c_pipelines.outbox.states import State
from q2c_pipelines.outbox.store import Store

By = Annotated[str, typer.Option("--by", help="Your name, for the audit.")]
Keys = Annotated[list[str], typer.Argument(help="Keys of actions; none: all that match the options.")]
Platform = Annotated[str, typer.Option(help="Only those for this platform.")]
Kind = Annotated[str, typer.Option(help="Only those of this command, such as CreateOrder.")]
_COLUMNS = (
    *("key", "command", "amount", "currency", "state", "hash", "document", "change"),
    *("rule", "reason", "platform", "severity"),
)


def add_to(app: typer.Typer) -> None:
    """Put these commands on the command line."""
    actions = typer.Typer(no_args_is_help=True, help="What is to be written back: look, approve, reject, replay.")
    for command in (approve, reject, replay, release):
        actions.command()(command)
    actions.command("list")(list_actions)
    actions.command("show")(show_action)
    app.add_typer(actions, name="actions")
    audits = typer.Typer(no_args_is_help=True, help="The hash-chained log of every decision, payload, attempt and response.")
    audits.command()(verify)
    app.add_typer(audits, name="audit")
    app.command()(deliver)


def list_actions(
    state: Annotated[str, typer.Option(help="Only those in this state, such as proposed.")] = "",
    command: Kind = "",
    platform: Platform = "",
    rule: Annotated[str, typer.Option(help="Only those that this rule proposes.")] = "",
    deal: Annotated[str, typer.Option(help="Only those of this deal: its key, or any of its documents.")] = "",
    as_json: AsJson = False,
) -> None:
    """Actions, the most money first."""
    show.require("state", state, State)
    show.require("command", command, kinds())
    show.require("enabled platform", platform, settings().platforms)
    show.require("rule", rule, rules.codes())
    store = _store()
    found = listing.actions(store, state=state, command=command, platform=platform, rule=rule)
    require_begun(found or listing.actions(store))
    if deal:
        chosen = _deals(store, deal)
        found = [each for each in found if each["deal_key"] in chosen]
    shown = [_shown(each) for each in approved.told(store, found)]
    show.rows("Actions", shown, as_json, _COLUMNS, empty="none")


def _shown(action: dict[str, Any]) -> dict[str, Any]:
    """With the short form of what an approval is bound to, and with why it is not sent where it is not."""
    return action | {"hash": action["payload_hash"][: approved.HASH], "reason": action["withheld"] or action["reason"]}


def show_action(key: str, as_json: AsJson = False) -> None:
    """One action: what would be sent, who agreed, every attempt."""
    store = _store()
    (key,) = _meant(store, [key])
    found = listing.action(store, key)
    assert found is not None
    (said,) = approved.told(store, listing.actions(store, key=key))
    found |= {"document": said["document"], "change": said["change"]}
    if as_json:
        return show.write_json(found)
    facts = [{"what": name, "value": value} for name, value in found.items() if name not in ("payload", "approvals", "attempts")]
    show.rows(f"Action {key}", [each for each in facts if each["value"] not in (None, "")], False)
    lines = {name: value for name, value in found["payload"].items() if isinstance(value, list)}
    show.rows("Payload", [{"field": name, "value": value} for name, value in found["payload"].items() if name not in lines], False)
    for name, value in lines.items():
        show.rows(f"Payload: {name}", value, False, empty="none")
    show.rows("Approvals", found["approvals"], False, ("approved_by", "approved_at", "voided_at", "void_reason"), empty="none")
    columns = ("number", "started_at", "outcome", "code", "status", "message")
    show.rows("Attempts", found["attempts"], False, columns, empty="none")
    return None


def approve(
    by: By,
    keys: Keys = [],  # noqa: B006
    command: Annotated[str, typer.Option(help="All waiting ones of this command.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="All that wait.")] = False,
    seen: Annotated[
        list[str],
        typer.Option(help="Beginning of the hash that was looked at, one an action; another is refused. May be repeated."),
    ] = [],  # noqa: B006
    as_json: AsJson = False,
) -> None:
    """Let actions go. By another person than the one who proposed them; any change of the plan voids it."""
    show.require("command", command, kinds())
    if not (keys or command or everything):
        show.fail("name the actions to approve, or --command, or --all; q2c actions list --state proposed shows what waits", 2)
    store = _store()
    keys = _meant(store, keys)
    proposed = listing.actions(store, state="proposed", command="" if keys else command)
    waiting = [each for each in proposed if each["key"] in keys or (not keys and each["decision"] == "approve")]
    chosen = keys or [each["key"] for each in waiting]
    if not chosen:
        show.fail("nothing waits for approval", 5)
    approved.require_seen(waiting, seen)
    told = [approved.described(store, each) for each in approved.told(store, waiting)]
    approval.approve(store, chosen, by=by, seen={each["key"]: each["payload_hash"] for each in waiting})
    show.rows("Approved", [{"by": by, **each} for each in told], as_json, approved.COLUMNS)


def reject(
    by: By,
    reason: Annotated[str, typer.Option(help="Why.")],
    keys: Annotated[list[str], typer.Argument(help="Keys of actions.")],
    as_json: AsJson = False,
) -> None:
    """Say no to actions: they are not proposed again with this payload."""
    store = _store()
    keys = _meant(store, keys)
    approval.reject(store, keys, by=by, reason=reason)
    show.rows("Rejected", [{"key": key, "by": by, "reason": reason} for key in keys], as_json)


def release(
    by: By, fingerprint: str, reason: Annotated[str, typer.Option(help="Why the plan is right.")], as_json: AsJson = False
) -> None:
    """Let go a plan that the brake stopped as a whole."""
    store = _store()
    if fingerprint not in {each["reason"] for each in listing.actions(store, state="proposed") if each["decision"] == "held"}:
        show.fail(f"no plan is held under {fingerprint}; q2c cases list --rule brake shows them", 5)
    ownership = load_ownership(settings().seeds)
    approval.release(store, fingerprint, load_policy(settings().policy), ownership, by=by, reason=reason)
    show.rows("Released", [{"fingerprint": fingerprint, "by": by}], as_json)


def replay(by: By, keys: Keys = [], platform: Platform = "", command: Kind = "", as_json: AsJson = False) -> None:  # noqa: B006
    """Give dead actions a new start: the named ones, or all that match; one that is not dead is refused."""
    show.require("command", command, kinds())
    show.require("enabled platform", platform, settings().platforms)
    store = _store()
    done = outbox_replay.replay(store, _meant(store, keys) or None, by=by, platform=platform or None, command=command or None)
    again = [{"key": key, "state": "approved"} for key in done.approved] + [
        {"key": key, "state": "proposed"} for key in done.proposed
    ]
    show.rows("Replayed", again, as_json, empty="no action is dead")


def deliver(platform: Annotated[str, typer.Option(help="Only this platform.")] = "", as_json: AsJson = False) -> None:
    """Send what is due now."""
    show.require("enabled platform", platform, settings().platforms)
    show.rows("Delivered", cycle.deliver(settings(), platform or None), as_json, empty="nothing is due")


def verify(as_json: AsJson = False) -> None:
    """Check the audit log's chain: the first entry that was changed, or how many there are and the hash of the last."""
    verdict = audit.verify(_store())
    sound = verdict.broken_at is None
    if as_json:
        show.write_json(verdict.__dict__ | {"sound": sound})
    else:
        told = f"the chain is whole and ends in {verdict.head}" if verdict.entries else "the audit log is empty"
        broken = f"broken at entry {verdict.broken_at}: {verdict.reason}"
        counted = show.counted(verdict.entries, "entry", "entries")
        show.line(f"{counted}: {told if sound else broken}", "green" if sound else "red")
    if not sound:
        raise SystemExit(1)


def _meant(store: Store, beginnings: list[str]) -> list[str]:
    """The keys that are these or begin so; leaves with code 2 where several begin so, 5 where none does."""
    known = [each["key"] for each in listing.actions(store)] if beginnings else []
    found = {each: [each] if each in known else [key for key in known if key.startswith(each)] for each in beginnings}
    if unknown := sorted(each for each, keys in found.items() if not keys or not each):
        show.fail(f"there is no action {', '.join(unknown)}; q2c actions list shows them", 5)
    for beginning in (each for each, keys in found.items() if len(keys) > 1):
        show.unclear("actions", beginning, found[beginning])
    return list(dict.fromkeys(keys[0] for keys in found.values()))


def _deals(store: Store, named: str) -> list[str]:
    """The keys of the deals meant by a key or a document; leaves with code 5 where it is known of none."""
    if any(each["deal_key"] == named for each in listing.actions(store)):
        return [named]
    if not (found := deals.keys(named)):
        show.fail(f"no document {named} is known on any platform; q2c trace DOCUMENT finds a deal", 5)
    return found


def _store() -> Store:
    return cycle.operations(settings())
