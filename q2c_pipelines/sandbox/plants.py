"""Plants breaks: the steps of a rule's counterexample on a victim that nobody has broken yet, and the truth of what must be found.

Breakable -> victim and facts -> changes on the platforms' states, files left -> truth.  All of it or nothing.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from q2c_pipelines.platforms.emulation import State
from q2c_pipelines.platforms.spec import is_known
from q2c_pipelines.sandbox import counterexample, faults, files, records
from q2c_pipelines.sandbox.breakable import Breakable, breakables, simulated
from q2c_pipelines.sandbox.company import Company
from q2c_pipelines.sandbox.counterexample import Finding, Step
from q2c_pipelines.sandbox.errors import SandboxError
from q2c_pipelines.sandbox.expressions import Facts, WrongExpression, evaluated, text
from q2c_pipelines.sandbox.files import File
from q2c_pipelines.sandbox.victims import NOBODY, Key, Victim, candidates

known = counterexample.codes


Touched = tuple[str, str, str]  # platform, table, key


@dataclass
class Planting:
    """Breaks that are made together, all of them or none; in the end files are `left`, and platforms `struck` by a fault."""

    company: Company
    left: list[File] = field(default_factory=list)
    struck: list[tuple[str, Facts]] = field(default_factory=list)

    def plant(self, way: Breakable, victim: Victim, apart_from: frozenset[Touched] = frozenset()) -> Broken:
        """Break one victim in one way, which may touch none of the records `apart_from`.

        Raises SandboxError, with nothing of this way done.
        """
        before = len(self.left), len(self.struck)
        try:
            with _whole(self.company):
                broken = _plant(self, way, victim)
                if both := sorted(broken.records & apart_from):
                    raise SandboxError(f"{_told(way)}: {' '.join(both[0])} is broken already")
                return broken
        except SandboxError:
            del self.left[before[0] :], self.struck[before[1] :]
            raise


class Broken(NamedTuple):
    """What must be found, and every record that was touched for it."""

    findings: list[dict[str, Any]]
    records: frozenset[Touched]


@contextmanager
def planting(company: Company) -> Iterator[Planting]:
    """Breaks to be made together."""
    with _whole(company):
        made = Planting(company)
        yield made
        files.leave(company.folder, made.left, company.now)
        for platform, fault in made.struck:
            faults.strike(company, platform, fault)


@contextmanager
def _whole(company: Company) -> Iterator[None]:
    with ExitStack() as stack:
        stack.enter_context(company.memory.transaction())
        for emulation in company.emulations.values():
            stack.enter_context(emulation.state.transaction())
        yield


def planted(
    company: Company, rules: Path, asked: Iterable[str] | None = None, count: int = 1, chain: str = ""
) -> list[dict[str, Any]]:
    """Break `count` victims in each way that the rules can be, by default all rules, and return what must be found.

    `chain` names the company to break, or `every` one of a rule; by default it is the first that the rule declares and that is
    there. Raises SandboxError, with nothing changed.
    """
    asked = None if asked is None else list(asked)
    ways = breakables(company, rules, asked, chain)
    if count < 1 or asked == []:
        raise SandboxError("name at least one rule, and a count of at least 1")
    if not ways:
        raise SandboxError(f"no rule can be broken here: this sandbox simulates {simulated(company)}, and no rule says how in it")
    # who wants more of a victim chooses first: a customer whose deals are all unbroken, then whoever has a wish
    ways.sort(key=lambda way: (way.example.victim != "customer", way.example.having is None))
    with planting(company) as made:
        broken = [made.plant(way, chosen(company, way)) for way in ways for _ in range(1 if way.example.once else count)]
    return [finding for each in broken for finding in each.findings]


def truth(company: Company) -> list[dict[str, Any]]:
    """Everything that was planted and did not end by itself until now, in the order it was."""
    return company.memory.select("select * from findings where until = '' or until > ? order by rowid", [text(company.now)])


def chosen(company: Company, way: Breakable) -> Victim:
    """The first victim that is unbroken and as the counterexample wants it. Raises SandboxError where none is left."""
    if way.example.victim == NOBODY:
        return nobody(company)
    taken = already_broken(company)
    for is_free in (is_far, is_unbroken):
        for world in company.worlds(company.now, way.chain):
            for victim in candidates(way.example.victim, world, company.now):
                if is_free(victim, taken) and fits(way, victim):
                    return victim
    wish = " that fits the counterexample" if way.example.having else ""
    if way.example.victim == "product":  # there are as many in every size
        raise SandboxError(f"{_told(way)}: no unbroken product{wish} is left; plant fewer rules, or each less often")
    raise SandboxError(
        f"{_told(way)}: of {company.size.deals} deals no unbroken {way.example.victim}{wish} is left; advance the clock, or reset "
        "with more deals or another seed"
    )


def nobody(company: Company) -> Victim:
    """Who is broken by what comes in a file."""
    return Victim(NOBODY, frozenset(), frozenset(), lambda: {"now": company.now})


def is_unbroken(victim: Victim, taken: Collection[Key]) -> bool:
    """Whether it may be broken."""
    return victim.taken.isdisjoint(taken)


def is_far(victim: Victim, taken: Collection[Key]) -> bool:
    """Whether nothing beside it is broken either."""
    return is_unbroken(victim, taken) and victim.near.isdisjoint(taken)


def already_broken(company: Company) -> set[Key]:
    """Everything that may not be broken again."""
    return {(row["kind"], row["key"]) for row in company.memory.select("select kind, key from victims")}


def fits(way: Breakable, victim: Victim) -> bool:
    """Whether a victim is as the counterexample wants it. Raises SandboxError where that cannot be said."""
    try:
        return way.example.having is None or bool(evaluated(way.example.having, victim.facts))
    except WrongExpression as error:
        raise SandboxError(f"{_told(way)}: {error}") from error


def _told(way: Breakable) -> str:
    return f"rule {way.rule}: counterexample in {way.chain}"


def _plant(made: Planting, way: Breakable, victim: Victim) -> Broken:
    """Break one victim."""
    company = made.company
    rule, chain, example = way
    records_of: set[Touched] = set()
    try:
        serial = _claimed(company, rule, victim)
        facts = victim.facts | records.functions(company) | {"serial": serial}
        for name, value in example.let.items():
            facts[name] = evaluated(value, facts)
        findings = [found for finding in example.finds for found in _findings(finding, facts)]
        for number, step in enumerate(example.steps, start=1):
            if step.drop:
                made.left += _files(rule, step, facts)
            elif step.platform not in company.emulations and is_known(step.platform):
                continue  # it plays no role here, so nothing is to be changed there
            elif step.fault:
                made.struck.append((step.platform, _fault(company, step, facts)))
            else:
                records_of |= _take(company, rule, number, step, facts)
    except (WrongExpression, SandboxError) as error:
        raise SandboxError(f"{_told(way)}: {error}") from error
    return Broken([_remembered(company, serial, rule, chain, finding) for finding in findings], frozenset(records_of))


def _claimed(company: Company, rule: str, victim: Victim) -> int:
    sql = "insert into plants (rule, victim, planted_at) values (?, ?, ?)"
    serial = company.memory.db.execute(sql, (rule, victim.name, company.now.isoformat())).lastrowid or 0
    company.memory.db.executemany(
        "insert or ignore into victims values (?, ?, ?)", [(*key, serial) for key in sorted(victim.taken | victim.near)]
    )
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


def _take(company: Company, rule: str, number: int, step: Step, facts: Facts) -> set[Touched]:
    """One step, for each of its items; the records that it touched. Raises SandboxError naming the step."""
    verb, table = step.change
    try:
        state = company.holder(step.platform, table)
        keys = {key for one in _each(step.each, facts) for key in _change(state, step, one, company.now)}
        return {(step.platform, table, key) for key in keys}
    except (company.emulation(step.platform).state.Error, LookupError, SandboxError) as error:
        reason = error.args[0] if error.args else error
        raise SandboxError(f"rule {rule}: counterexample: step {number} ({verb} {step.platform}.{table}): {reason}") from error


def _change(state: State, step: Step, facts: Facts, now: datetime) -> Iterator[str]:
    """The key of each record that was changed, once it is."""
    verb, table = step.change
    if verb == "insert":
        yield str(state.insert(table, evaluated(step.set_, facts), now, by="sandbox")[state.key(table)])
        return
    for row in records.matching(state, table, evaluated(step.where, facts)):
        key = row[state.key(table)]
        yield str(key)
        if verb == "delete":
            state.delete(table, key, now, by="sandbox")
            continue
        values = _merged(row, evaluated(step.set_, {**facts, "row": records.exact(row)}))
        if verb == "update":
            state.update(table, key, values, now, by="sandbox")
        else:
            yield str(state.insert(table, row | values, now, by="sandbox")[state.key(table)])


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
