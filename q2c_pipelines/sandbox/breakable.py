"""What can be broken in this sandbox: which rule, in which company, in which ways.

counterexamples, the companies that are simulated -> Breakable.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from q2c_pipelines.sandbox import counterexample, files
from q2c_pipelines.sandbox.company import Company
from q2c_pipelines.sandbox.counterexample import EVERY_CHAIN, Counterexample
from q2c_pipelines.sandbox.errors import SandboxError
from q2c_pipelines.sandbox.victims import NOBODY


class Breakable(NamedTuple):
    """One way to break a rule in a company."""

    rule: str
    chain: str
    example: Counterexample


def breakables(company: Company, rules: Path, asked: Sequence[str] | None = None, chain: str = EVERY_CHAIN) -> list[Breakable]:
    """Each way to break the rules, by default all of them; in one company, in `every`, or, of "", in the first that is there.

    Raises SandboxError where a rule that is named cannot be broken there.
    """
    chosen = []
    for code in counterexample.codes(rules) if asked is None else asked:
        rule = code.removeprefix(counterexample.PREFIX)
        declared = counterexample.load(rules, rule)
        there = [name for name in declared if chain in ("", EVERY_CHAIN, name) and _is_there(company, name, declared[name][0])]
        if not there and asked is not None:
            raise SandboxError(f"rule {rule}: {_why_not(company, declared, chain)}")
        where = there if chain == EVERY_CHAIN else there[:1]
        chosen += [Breakable(rule, name, example) for name in where for example in declared[name]]
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


def _why_not(company: Company, declared: Mapping[str, list[Counterexample]], chain: str) -> str:
    if not declared:
        return "nothing of it can be planted; its YAML twin says why"
    asked = list(declared) if chain in ("", EVERY_CHAIN) else [chain]
    if not declared.keys() & set(asked):
        return f"it has no counterexample in {chain}; it has one in {', '.join(declared)}"
    in_company = [name for name in asked if declared[name][0].victim != NOBODY]
    if in_company and not {each.name for each in company.chains} & set(in_company):
        return f"it can be broken in {' or '.join(asked)}, and this sandbox simulates {simulated(company)}"
    lacking = sorted({f"what plays {role}" for name in asked for role in declared[name][0].needs_roles}) or [files.FILE_DROP]
    return (
        f"no counterexample of it can be planted: that takes {', '.join(lacking)} in {' or '.join(asked)}, and this sandbox has "
        f"{', '.join(company.emulations)}; enable the platforms that it lacks in Q2C_PLATFORMS"
    )


def simulated(company: Company) -> str:
    """The companies of this sandbox, in words."""
    return ", ".join(each.name for each in company.chains) or "no company that sells"
