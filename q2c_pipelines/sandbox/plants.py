"""Plants breaks: the steps of a rule's counterexample on a victim that nobody has broken yet, and the truth of what must be found.

rule -> Counterexample -> victim and facts -> changes on the platforms' states, files left -> truth.  All of it or nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from q2c_pipelines.platforms.emulation import State
from q2c_pipelines.sandbox import counterexample, faults, files, records
from q2c_pipelines.sandbox.company import Company
from q2c_pipelines.sandbox.counterexample import EVERY_CHAIN, Counterexample, Finding, Step
from q2c_pipelines.sandbox.errors import SandboxError
from q2c_pipelines.sandbox.expressions import Facts, WrongExpression, evaluated, text
from q2c_pipelines.sandbox.files import File
from q2c_pipelines.sandbox.memory import Memory
from q2c_pipelines.sandbox.size import Size
from q2c_pipelines.sandbox.victims import NOBODY, Victim, candidates

known = counterexample.codes


def planted(
    company: Company, rules: Path, asked: Iterable[str] | None = None, count: int = 1, chain: str = ""
) -> list[dict[str, Any]]:
    """Break `count` victims for each of the rules, by default for each that can be, and return what must be found.

    `chain` names the company to break, or `every` one of a rule; by default it is the first that the rule declares and that is
    there. Raises SandboxError, with nothing changed.
    """
    asked = None if asked is None else list(asked)
    declared = _declared(company, rules, asked, chain)
    if count < 1 or asked == []:
        raise SandboxError("name at least one rule, and a count of at least 1")
    if not declared:
        raise SandboxError(f"no rule can be broken here: this sandbox simulates {_simulated(company)}, and no rule says how in it")
    left: list[File] = []
    struck: list[tuple[str, Facts]] = []
    with ExitStack() as stack:
        stack.enter_context(company.memory.transaction())
        for emulation in company.emulations.values():
            stack.enter_context(emulation.state.transaction())
        plants = [
            _plant(company, rule, where, example, left, struck)
            for rule, where, example in declared
            for _ in range(1 if example.once else count)
        ]
        files.leave(company.folder, left)
        for platform, fault in struck:
            faults.strike(company, platform, fault)
        return [finding for findings in plants for finding in findings]


def truth(memory: Memory) -> list[dict[str, Any]]:
    """Everything that was planted, in the order it was."""
    return memory.select("select * from findings order by rowid")


def _declared(company: Company, rules: Path, asked: list[str] | None, chain: str) -> list[tuple[str, str, Counterexample]]:
    """Each rule with the chains to break and how. Raises SandboxError where a rule that is named cannot be broken there."""
    chosen = []
    for code in known(rules) if asked is None else asked:
        rule = code.removeprefix(counterexample.PREFIX)
        declared = counterexample.load(rules, rule)
        there = [name for name in declared if chain in ("", EVERY_CHAIN, name) and _is_there(company, name, declared[name])]
        if not there and asked is not None:
            raise SandboxError(f"rule {rule}: {_why_not(company, declared, chain)}")
        chosen += [(rule, name, declared[name]) for name in (there if chain == EVERY_CHAIN else there[:1])]
    return chosen


def _is_there(company: Company, chain: str, example: Counterexample) -> bool:
    """Whether this sandbox has the company, and all that the rule compares in it; or the file drop, for what comes in a file."""
    if example.victim == NOBODY:
        return files.folder(company.folder).is_dir()
    served = next((each.systems for each in company.chains if each.name == chain), None)
    if served is None:
        return False
    needed = {served.get(role) for role in example.needs_roles} | {finding.platform for finding in example.finds}
    return needed <= {*company.emulations, *([files.FILE_DROP] if files.folder(company.folder).is_dir() else [])}


def _why_not(company: Company, declared: Mapping[str, Counterexample], chain: str) -> str:
    if not declared:
        return "nothing of it can be planted; its YAML twin says why"
    asked = list(declared) if chain in ("", EVERY_CHAIN) else [chain]
    if not declared.keys() & set(asked):
        return f"it has no counterexample in {chain}; it has one in {', '.join(declared)}"
    in_company = [name for name in asked if declared[name].victim != NOBODY]
    if in_company and not {each.name for each in company.chains} & set(in_company):
        return f"it can be broken in {' or '.join(asked)}, and this sandbox simulates {_simulated(company)}"
    lacking = sorted({f"what plays {role}" for name in asked for role in declared[name].needs_roles}) or [files.FILE_DROP]
    return (
        f"no counterexample of it can be planted: that takes {', '.join(lacking)} in {' or '.join(asked)}, and this sandbox has "
        f"{', '.join(company.emulations)}; enable the platforms that it lacks in Q2C_PLATFORMS"
    )


def _simulated(company: Company) -> str:
    return ", ".join(each.name for each in company.chains) or "no company that sells"


def _plant(
    company: Company, rule: str, chain: str, example: Counterexample, left: list[File], struck: list[tuple[str, Facts]]
) -> list[dict[str, Any]]:
    """Break one victim; what is to be left in the file drop is added to `left`, how platforms are to misbehave to `struck`."""
    try:
        victim = _chosen(company, rule, chain, example)
        serial = _claimed(company, rule, victim)
        facts = victim.facts | records.functions(company) | {"serial": serial}
        for name, value in example.let.items():
            facts[name] = evaluated(value, facts)
        findings = [found for finding in example.finds for found in _findings(finding, facts)]
        for number, step in enumerate(example.steps, start=1):
            if step.drop:
                left += _files(rule, step, facts)
            elif step.fault:
                struck.append((step.platform, _fault(company, step, facts)))
            else:
                _take(company, rule, number, step, facts)
    except (WrongExpression, SandboxError) as error:
        raise SandboxError(f"rule {rule}: counterexample in {chain}: {error}") from error
    return [_remembered(company, serial, rule, chain, finding) for finding in findings]


def _chosen(company: Company, rule: str, chain: str, example: Counterexample) -> Victim:
    """The first candidate that is unbroken and as the counterexample wants it."""
    if example.victim == NOBODY:
        return Victim(NOBODY, frozenset(), {"now": company.now})
    taken = {(row["kind"], row["key"]) for row in company.memory.select("select kind, key from victims")}
    for world in company.worlds(company.now, chain):
        for victim in candidates(example.victim, world, company.now):
            if not victim.taken & taken and (example.having is None or evaluated(example.having, victim.facts)):
                return victim
    wish = " that fits the counterexample" if example.having else ""
    raise SandboxError(
        f"of {company.size.deals} deals no unbroken {example.victim}{wish} is left; advance the clock, or reset "
        f"with more deals ({Size.deals} have one for every rule)"
    )


def _claimed(company: Company, rule: str, victim: Victim) -> int:
    sql = "insert into plants (rule, victim, planted_at) values (?, ?, ?)"
    serial = company.memory.db.execute(sql, (rule, victim.name, company.now.isoformat())).lastrowid or 0
    company.memory.db.executemany("insert into victims values (?, ?, ?)", [(*key, serial) for key in sorted(victim.taken)])
    return serial


def _each(expression: str | None, facts: Facts) -> Iterator[Facts]:
    if expression is None:
        yield facts
        return
    for item in evaluated(expression if "${" in expression else f"${{{expression}}}", facts):
        yield {**facts, "item": item}


def _findings(finding: Finding, facts: Facts) -> Iterator[dict[str, str]]:
    for one in _each(finding.each, facts):
        declared = finding.model_dump(exclude={"each", "deal_key"}) | {"currency": finding.currency or one.get("currency")}
        said = {name: text(evaluated(value, one)) for name, value in declared.items()}
        default = "${crm}:${deal.opportunity_id}" if "deal" in one else f"{said['platform']}:{said['native_id']}"
        yield said | {"deal_key": text(evaluated(finding.deal_key or default, one))}


def _remembered(company: Company, serial: int, rule: str, chain: str, finding: dict[str, str]) -> dict[str, Any]:
    row = {"serial": serial, "rule": rule, "chain": chain, **finding, "planted_at": company.now.isoformat()}
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


def _fault(company: Company, step: Step, facts: Facts) -> Facts:
    """What goes wrong from then on. Raises SandboxError where the platform has no such fault."""
    asked = {"kind": step.fault, **evaluated(step.set_, facts)}
    try:
        faults.checked(company, step.platform, asked)
    except ValidationError as error:
        raise SandboxError(f"{step.platform}: fault {step.fault}: {error.errors()[0]['msg']}") from error
    return asked


def _take(company: Company, rule: str, number: int, step: Step, facts: Facts) -> None:
    """One step, for each of its items. Raises SandboxError naming the step."""
    verb, table = step.change
    try:
        state = company.holder(step.platform, table)
        for one in _each(step.each, facts):
            _change(state, step, one, company.now)
    except (company.emulation(step.platform).state.Error, LookupError, SandboxError) as error:
        reason = error.args[0] if error.args else error
        raise SandboxError(f"rule {rule}: counterexample: step {number} ({verb} {step.platform}.{table}): {reason}") from error


def _change(state: State, step: Step, facts: Facts, now: datetime) -> None:
    verb, table = step.change
    if verb == "insert":
        state.insert(table, evaluated(step.set_, facts), now, by="sandbox")
        return
    for row in records.matching(state, table, evaluated(step.where, facts)):
        key = row[state.key(table)]
        if verb == "delete":
            state.delete(table, key, now, by="sandbox")
            continue
        values = _merged(row, evaluated(step.set_, {**facts, "row": records.exact(row)}))
        if verb == "update":
            state.update(table, key, values, now, by="sandbox")
        else:
            state.insert(table, row | values, now, by="sandbox")


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
