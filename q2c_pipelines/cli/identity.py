"""`q2c identity …`: whose customer an account is, why, and what would move if it were not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from q2c_pipelines import cycle, seeds, warehouse
from q2c_pipelines.canonical.identity import customers, evidence, facts, linkage, linking, moving, overrides
from q2c_pipelines.cli import show
from q2c_pipelines.cli.show import AsJson
from q2c_pipelines.config import settings
from q2c_pipelines.outbox import listing

app = typer.Typer(no_args_is_help=True)
Platform = Annotated[str, typer.Argument(help="The platform that holds the account.")]
NativeId = Annotated[str, typer.Argument(help="The account's identifier there.")]
_LEAST_PAIRS = 500  # of which weights are learnt: of fewer, the shipped ones are better
_SHOWN = 3  # links of an account, the strongest
_LISTED = """
    select identities.platform, identities.native_id, customers.name, identities.customer_key, identities.method, identities.score
    from canonical.xref_customer as identities
    inner join canonical.dim_customer as customers
        on identities.platform = customers.platform and identities.native_id = customers.native_id
    where identities.method not in ('self', 'reference')
    order by all
"""


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """Accounts that name no customer of the CRM, or that a person has moved; and customers of the CRM that may be one."""
    found = warehouse.query(settings(), _LISTED)
    told = found if as_json else [row | {"score": row["score"] and f"{row['score']:.4f}"} for row in found]
    show.rows("Accounts whose customer is not said by their reference", told, as_json, empty="every account names its customer")
    if not as_json:
        show.rows("Customers that may be one (a person merges them)", _doubtful(), False, empty="none known")


@app.command()
def explain(
    platform: Platform,
    native_id: NativeId,
    picture: Annotated[Path | None, typer.Option(help="Draw the waterfalls that are shown, as .svg or .html.")] = None,
    as_json: AsJson = False,
) -> None:
    """Why an account is a customer's: each comparison with both values, what it weighs, and the odds up to there."""
    account = f"{platform}:{native_id}"
    now = _known(platform, native_id)
    links = _links(account)
    if as_json:
        return show.write_json({"account": now, "links": [row | {"evidence": evidence.loaded(row["evidence"])} for row in links]})
    show.line(f"{account} is {now['customer_key']}, by {now['method']}{_scored(now)}.")
    told = {f"{account} and {_other(row, account)}": evidence.loaded(row["evidence"]) for row in links[:_SHOWN]}
    for pair, steps in told.items():
        show.rows(f"{pair}: {evidence.said(steps)}; linked from {customers.THRESHOLD} on", evidence.waterfall(steps), False)
    if left := len(links) - len(told):
        show.line(f"and {show.counted(left, 'weaker link', 'weaker links')}; --json has all", "dim")
    if not links:
        show.line("Nothing that it says of itself was found alike elsewhere, or nothing had to be compared.")
    if picture and links:
        drawn = evidence.picture(told)
        picture.write_text(drawn if picture.suffix == ".svg" else f"<!doctype html><meta charset='utf-8'>{drawn}", encoding="utf-8")
        show.line(f"{picture} written")
    return None


@app.command()
def unmerge(
    platform: Platform,
    native_id: NativeId,
    confirm: Annotated[bool, typer.Option("--confirm", help="Write the decision; the next sync obeys it.")] = False,
    reason: Annotated[str, typer.Option(help="Why, for whoever reads the seed.")] = "not this customer's",
    role: Annotated[str, typer.Option("--as", help="The role that decides.")] = "master_data",
    as_json: AsJson = False,
) -> None:
    """List all that would move if an account were not its customer's; with --confirm, decide it (seed identity_overrides)."""
    folder = settings().seeds
    seeds.check(folder)
    reason, role = overrides.written("reason", reason), overrides.written("decided_by", role)
    _known(platform, native_id)
    move = moving.unmerged(settings().warehouse_file, settings().lake_store, overrides.load(folder), f"{platform}:{native_id}")
    if move is None:
        show.fail(f"{platform}:{native_id} is nobody's customer but its own: nothing would move", 5)
    cases, actions = _consequences(move)
    if as_json:
        show.write_json({"accounts": move.accounts, "documents": move.documents, "cases": cases, "actions": actions})
    else:
        show.rows("Accounts that become another customer's", move.accounts, False)
        show.rows("Documents and journals that go with them", move.documents, False, empty="none")
        show.rows("Cases", cases, False, ("fingerprint", "rule", "state", "deal_key", "amount_at_risk", "currency"), empty="none")
        show.rows("Actions and writes", actions, False, ("key", "command", "state", "platform", "amount", "currency"), empty="none")
    if confirm:
        other_platform, _, other_id = move.override.other.partition(":")
        line = ("split", platform, native_id, other_platform, other_id, reason, role, f"{datetime.now(UTC):%Y-%m-%d}")
        overrides.add(folder, line)
        show.line(f"{folder / overrides.FILE} has a new line; the next q2c sync obeys it")
    elif not as_json:
        show.line("nothing was changed; --confirm writes the decision", "dim")


@app.command()
def train() -> None:
    """Learn what each comparison weighs from this company's own accounts, without labels; all are scored anew at the next sync."""
    from q2c_pipelines.canonical.identity import accounts

    population = linking.read(settings().warehouse_file)
    certain = len(population.accounts) - len({each.key or each.name for each in population.accounts})
    if certain < _LEAST_PAIRS:
        show.fail(f"{certain} accounts have a counterpart; of fewer than {_LEAST_PAIRS} the shipped weights are better", 1)
    learnt = linkage.train(customers.CUSTOMERS, [accounts.table(population.rows.values())])
    facts.write_weights(settings().lake_store, learnt, linkage.digest(learnt), certain)
    show.line(f"weights {linkage.digest(learnt)} learnt from {len(population.accounts):,} accounts")


def _known(platform: str, native_id: str) -> dict[str, Any]:
    """The account's row of the crosswalk, or an end of the command where there is none."""
    found = warehouse.query(settings(), "select * from canonical.xref_customer")
    for row in found:
        if (row["platform"], row["native_id"]) == (platform, native_id):
            return row
    show.fail(f"no customer {native_id} is known in {platform}", 5)


def _links(account: str) -> list[dict[str, Any]]:
    """The account's links, the strongest first."""
    held = _held()
    return sorted((row for row in held if account in (row["account"], row["other"])), key=lambda row: -row["weight"])


def _held() -> list[dict[str, Any]]:
    population = linking.read(settings().warehouse_file)
    digests = population.digests(facts.last_weights(settings().lake_store))
    return list(facts.links(settings().lake_store, digests).values())


def _doubtful() -> list[dict[str, Any]]:
    """Pairs that are alike enough to be one customer, and are two by their references."""
    found = warehouse.query(settings(), "select platform || ':' || native_id as account, customer_key from canonical.xref_customer")
    keys = {row["account"]: row["customer_key"] for row in found}
    pairs = [row for row in _held() if row["weight"] >= customers.THRESHOLD and keys.get(row["account"]) != keys.get(row["other"])]
    return [{"account": row["account"], "other": row["other"], **_weighed(row)} for row in pairs]


def _weighed(row: dict[str, Any]) -> dict[str, float]:
    """What a link's steps come to, as its waterfall has it."""
    last = evidence.waterfall(evidence.loaded(row["evidence"]))[-1]
    return {"weight": last["total"], "score": last["probability"]}


def _scored(account: dict[str, Any]) -> str:
    return "" if account["score"] is None else f", score {account['score']:.4f}"


def _other(link: dict[str, Any], account: str) -> str:
    other: str = link["other"] if link["account"] == account else link["account"]
    return other


def _consequences(move: moving.Move) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The cases and actions about what would move."""
    deals = {row["deal_key"] for row in move.documents}
    accounts = {row["account"] for row in move.accounts}

    def concerned(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        return [row for row in rows if row["deal_key"] in deals or f"{row['platform']}:{row.get('native_id')}" in accounts]

    with cycle.operations(settings()) as store:
        return concerned(listing.cases(store, closed=True)), concerned(listing.actions(store))
