"""Actions on more than one record: two that become one, and many that are made or changed together or not at all."""

from __future__ import annotations

from q2c_pipelines.platforms.dynamics365_sales.emulator import records
from q2c_pipelines.platforms.dynamics365_sales.emulator.acting import put
from q2c_pipelines.platforms.dynamics365_sales.emulator.call import Call, Reply
from q2c_pipelines.platforms.dynamics365_sales.emulator.refusal import RULE, Refusal, no_resource, payload_error
from q2c_pipelines.platforms.dynamics365_sales.emulator.schema import SETS, TABLES, Table
from q2c_pipelines.platforms.emulation import Row

_REFERENCES = {
    "contact": "_parentcustomerid_value",
    "opportunity": "_customerid_value",
    "quote": "_customerid_value",
    "salesorder": "_customerid_value",
    "invoice": "_customerid_value",
}
_MERGED = {"statecode": 1, "statuscode": 2, "merged": 1}


def merge(call: Call) -> Reply:
    """Two accounts or contacts become one: the subordinate is deactivated and its records go to the target."""
    body = call.json
    name = str(body.get("Target", {}).get("@odata.type", "")).rpartition(".")[2]
    if name not in ("account", "contact"):
        raise payload_error(name, "Only accounts and contacts can be merged.")
    table = TABLES[name]
    target, loser = (records.found(call, table, str(body.get(part, {}).get(table.key, ""))) for part in ("Target", "Subordinate"))
    if target == loser or target["merged"] or loser["merged"]:
        raise Refusal(400, RULE, "Merge could not be performed: the records are the same, or one of them was merged already.")
    taken_over = records.taken(call, table, body.get("UpdateContent", {}), is_new=False)
    with call.state.transaction():
        if taken_over:
            put(call, name, target, taken_over)
        put(call, name, loser, _MERGED | {"_masterid_value": target[table.key]})
        _hand_over(call, table, loser[table.key], target[table.key])
    return Reply(status=204)


def create(call: Call) -> Reply:
    """Several records or none: 200 with their guids."""
    table, targets = _targets(call)
    with call.state.transaction():
        made = [records.insert(call, table, each, {})[table.key] for each in targets]
    return Reply({"@odata.context": f"{call.root}/$metadata#Microsoft.Dynamics.CRM.CreateMultipleResponse", "Ids": made})


def update(call: Call) -> Reply:
    """Several records changed, or none."""
    table, targets = _targets(call)
    with call.state.transaction():
        for each in targets:
            row = records.found(call, table, str(each.get(table.key, "")))
            records.change(call, table, row, {name: value for name, value in each.items() if name != table.key})
    return Reply(status=204)


def _hand_over(call: Call, table: Table, loser: str, target: str) -> None:
    for child, column in _REFERENCES.items() if table.name == "account" else []:
        for row in call.state.select(f'select * from "{child}" where "{column}" = ?', (loser,)):
            put(call, child, row, {column: target})


def _targets(call: Call) -> tuple[Table, list[Row]]:
    if (table := SETS.get(call.names[0])) is None:
        raise no_resource(call.names[0])
    targets = call.json.get("Targets")
    if not isinstance(targets, list) or not targets:
        raise payload_error(table.set, "Targets should be a list with at least one record.")
    if any(each.get("@odata.type") != f"Microsoft.Dynamics.CRM.{table.name}" for each in targets):
        raise payload_error(table.set, "Every target needs the @odata.type of its table.")
    return table, targets
