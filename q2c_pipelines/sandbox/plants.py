"""Plants breaks: the steps of a rule's counterexample on a victim that nobody has broken yet, and the truth of what must be found.

rule -> Counterexample -> victim and facts -> changes on the platforms' states, files left -> truth.  All of it or nothing.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from q2c_pipelines.platforms.emulation import State
from q2c_pipelines.sandbox import counterexample, files, ids
from q2c_pipelines.sandbox.company import Company
from q2c_pipelines.sandbox.counterexample import Counterexample, Finding, Step
from q2c_pipelines.sandbox.errors import SandboxError
from q2c_pipelines.sandbox.expressions import Facts, WrongExpression, evaluated, text
from q2c_pipelines.sandbox.files import File
from q2c_pipelines.sandbox.memory import Memory
from q2c_pipelines.sandbox.size import Size
from q2c_pipelines.sandbox.victims import Victim, candidates
from q2c_pipelines.sandbox.world import chunks

_FIRST_NEW = 10**11  # above every number of the world, below those of records made through the API

known = counterexample.codes


def planted(company: Company, rules: Path, asked: Iterable[str], count: int = 1) -> list[dict[str, Any]]:
    """Break `count` victims for each of the rules and return what must be found. Raises SandboxError, with nothing changed."""
    declared = {rule.removeprefix(counterexample.PREFIX): counterexample.load(rules, rule) for rule in asked}
    if count < 1 or not declared:
        raise SandboxError("name at least one rule, and a count of at least 1")
    left: list[File] = []
    with ExitStack() as stack:
        stack.enter_context(company.memory.transaction())
        for emulation in company.emulations.values():
            stack.enter_context(emulation.state.transaction())
        plants = [
            _plant(company, rule, example, left) for rule, example in declared.items() for _ in range(1 if example.once else count)
        ]
        files.leave(company.folder, left)
        return [finding for findings in plants for finding in findings]


def truth(memory: Memory) -> list[dict[str, Any]]:
    """Everything that was planted, in the order it was."""
    return memory.select("select * from findings order by rowid")


def _plant(company: Company, rule: str, example: Counterexample, left: list[File]) -> list[dict[str, Any]]:
    """Break one victim; what is to be left in the file drop is added to `left`."""
    try:
        victim = _chosen(company, rule, example)
        serial = _claimed(company, rule, victim)
        facts = victim.facts | _new_ids(company) | {"serial": serial}
        for name, value in example.let.items():
            facts[name] = evaluated(value, facts)
        findings = [found for finding in example.finds for found in _findings(finding, facts)]
        for number, step in enumerate(example.steps, start=1):
            if step.drop:
                left += _files(rule, step, facts)
            else:
                _take(company, rule, number, step, facts)
    except WrongExpression as error:
        raise SandboxError(f"rule {rule}: counterexample: {error}") from error
    return [_remembered(company, serial, rule, finding) for finding in findings]


def _chosen(company: Company, rule: str, example: Counterexample) -> Victim:
    """The first candidate that is unbroken and as the counterexample wants it."""
    taken = {(row["kind"], row["key"]) for row in company.memory.select("select kind, key from victims")}
    for world in chunks(company.size.seed, company.size.deals, company.now):
        for victim in candidates(example.victim, world, company.now):
            if not victim.taken & taken and (example.having is None or evaluated(example.having, victim.facts)):
                return victim
    wish = " that fits the counterexample" if example.having else ""
    raise SandboxError(
        f"rule {rule}: of {company.size.deals} deals no unbroken {example.victim}{wish} is left; advance the clock, or reset "
        f"with more deals ({Size.deals} have one for every rule)"
    )


def _claimed(company: Company, rule: str, victim: Victim) -> int:
    sql = "insert into plants (rule, victim, planted_at) values (?, ?, ?)"
    serial = company.memory.db.execute(sql, (rule, victim.name, company.now.isoformat())).lastrowid or 0
    company.memory.db.executemany("insert into victims values (?, ?, ?)", [(*key, serial) for key in sorted(victim.taken)])
    return serial


def _new_ids(company: Company) -> dict[str, Any]:
    def number() -> ids.Numbers:
        following = int(company.memory.get("new_number") or _FIRST_NEW) + 1
        company.memory.put("new_number", following)
        return np.array([following], dtype=np.int64)

    return {
        "new_salesforce": lambda prefix: str(ids.salesforce(prefix, number())[0]),
        "new_zuora": lambda kind: str(ids.zuora(kind, number())[0]),
        "new_stripe": lambda prefix: str(ids.stripe(prefix, number())[0]),
        "new_netsuite": lambda: int(number()[0]),
    }


def _each(expression: str | None, facts: Facts) -> Iterator[Facts]:
    if expression is None:
        yield facts
        return
    for item in evaluated(expression if "${" in expression else f"${{{expression}}}", facts):
        yield {**facts, "item": item}


def _findings(finding: Finding, facts: Facts) -> Iterator[dict[str, str]]:
    for one in _each(finding.each, facts):
        said = {name: text(evaluated(value, one)) for name, value in finding.model_dump(exclude={"each", "deal_key"}).items()}
        default = "salesforce:${deal.salesforce_opportunity_id}" if "deal" in one else f"{said['platform']}:{said['native_id']}"
        yield said | {"deal_key": text(evaluated(finding.deal_key or default, one))}


def _remembered(company: Company, serial: int, rule: str, finding: dict[str, str]) -> dict[str, Any]:
    row = {"serial": serial, "rule": rule, **finding, "planted_at": company.now.isoformat()}
    columns, marks = ", ".join(row), ", ".join("?" * len(row))
    company.memory.db.execute(f"insert into findings ({columns}) values ({marks})", list(row.values()))
    return row


def _files(rule: str, step: Step, facts: Facts) -> list[File]:
    """The files of one step."""
    if step.platform != files.FILE_DROP:
        raise SandboxError(f"rule {rule}: counterexample: a file is dropped in {files.FILE_DROP}, not in {step.platform}")
    return [
        File(text(evaluated(step.drop, one)), [text(evaluated(line, one)) for line in step.lines])
        for one in _each(step.each, facts)
    ]


def _take(company: Company, rule: str, number: int, step: Step, facts: Facts) -> None:
    """One step, for each of its items. Raises SandboxError naming the step."""
    verb, table = step.change
    try:
        state = company.holder(step.platform, table)
        for one in _each(step.each, facts):
            _change(state, step, one, company.now)
    except (sqlite3.Error, LookupError, SandboxError) as error:
        reason = error.args[0] if error.args else error
        raise SandboxError(f"rule {rule}: counterexample: step {number} ({verb} {step.platform}.{table}): {reason}") from error


def _change(state: State, step: Step, facts: Facts, now: datetime) -> None:
    verb, table = step.change
    if verb == "insert":
        state.insert(table, evaluated(step.set_, facts), now, by="sandbox")
        return
    for row in _matching(state, table, evaluated(step.where, facts)):
        key = row[state.key(table)]
        if verb == "delete":
            state.delete(table, key, now, by="sandbox")
            continue
        values = _merged(row, evaluated(step.set_, {**facts, "row": _exact(row)}))
        if verb == "update":
            state.update(table, key, values, now, by="sandbox")
        else:
            state.insert(table, row | values, now, by="sandbox")


def _exact(row: dict[str, Any]) -> dict[str, Any]:
    """The record with decimals for its numbers: what is reckoned with them is a price or an amount."""
    return {name: Decimal(str(value)) if isinstance(value, float) else value for name, value in row.items()}


def _matching(state: State, table: str, where: dict[str, Any]) -> list[dict[str, Any]]:
    tests = " and ".join(f"{_place(name)} is ?" for name in where)
    values = [value if value is None or isinstance(value, int | float) else text(value) for value in where.values()]
    rows = state.select(f'select * from "{table}" where {tests}', values)
    if not rows:
        raise LookupError(f"no row where {', '.join(f'{name} = {value}' for name, value in where.items())}")
    return rows


def _place(name: str) -> str:
    column, dot, path = name.partition(".")
    return f"json_extract(\"{column}\", '$.{path}')" if dot else f'"{column}"'


def _merged(row: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Changes by column; a dotted name is put into the JSON that the column holds."""
    values: dict[str, Any] = {}
    for name, value in changes.items():
        column, dot, path = name.partition(".")
        if not dot:
            values[column] = value
            continue
        document = values.setdefault(column, json.loads(row[column] or "{}"))
        *parents, last = path.split(".")
        for parent in parents:
            document = document.setdefault(parent, {})
        document[last] = value
    return values
