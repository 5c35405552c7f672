"""The rule registry: every rule as its YAML twin declares it, typed and checked.

Here belongs what a rule says about itself: meaning, owner, deadline, runbook, counterexamples. What it finds is SQL, what became of
it is `cases.py`.

    <stage>/mismatch__<code>.yml → Rule → docs/rules.md, gates, cases
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator, model_validator

from q2c_pipelines import yaml_file
from q2c_pipelines.platforms import commands
from q2c_pipelines.yaml_file import NotYaml

ROOT = Path(__file__).parents[2]
RULES = ROOT / "dbt_project" / "models" / "mismatches" / "rules"
STAGING = ROOT / "dbt_project" / "models" / "staging"
PREFIX = "mismatch__"
COLUMNS = (
    "rule",
    "fingerprint",
    "deal_key",
    "legal_entity",
    "entity",
    "platform",
    "native_id",
    "document_number",
    "attribute",
    "expected_value",
    "observed_value",
    "amount_at_risk",
    "currency",
    "cause",
    "evidence",
    "due_at",
    "clears_on",
    "state",
    "observed_version",
)
STAGES = ("quoting", "customer", "ordering", "billing", "booking", "collection", "posting")  # that a deal can be stuck at
_COMPANY = ("customer", "catalogue")  # what is the company's, and no deal's alone
_PLATFORMS = ("process", "integration")
ORDER = (*_COMPANY, "quoting", "ordering", "billing", "booking", "tax", "collection", "posting", *_PLATFORMS)
Severity = Literal["critical", "high", "medium", "low"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=20)]
Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]


class InvalidRule(ValueError):
    """A rule's YAML twin that cannot be used; the message names the file and the key."""


class Rule(BaseModel):
    """What one rule declares under `config.meta`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: Word
    says: Sentence
    stage: Word
    stops_deal: bool = False
    severity: Severity
    owner: Word
    sla_hours: int = Field(ge=0)
    tolerance: Decimal = Field(ge=0)
    needs_roles: list[Word] = []
    needs_one_of: list[Word] = []  # roles of which those that are played are compared, at least one
    needs_entities: dict[Word, list[Word]] = {}  # role: what its platform has to give, or it does not apply
    causes_need: dict[Word, dict[Word, list[Word]]] = {}  # the same of a cause; the others are found
    hides: list[Word] = []  # rules, and stages, that find nothing of a deal that is broken so: one root cause, one finding
    judges_reading: bool = False  # it is about whether and how a platform was read, so a read that failed hides nothing from it
    proposes: str | None
    runbook: str
    counterexamples: dict[str, dict[str, Any] | list[dict[str, Any]] | Sentence] = Field(min_length=1)
    unplanted: dict[Word, Sentence] = {}  # causes that no counterexample has, and why

    @property
    def planted_causes(self) -> list[str]:
        """The causes that its counterexamples have, in alphabetical order."""
        said = [each for each in self.counterexamples.values() if not isinstance(each, str)]
        ways = [way for each in said for way in (each if isinstance(each, list) else [each])]
        return sorted({str(finding["cause"]) for way in ways for finding in way.get("finds", []) if finding.get("cause")})

    @property
    def entities(self) -> set[str]:
        """What it, or a cause of it, needs that some platform does not give."""
        return {entity for need in (self.needs_entities, *self.causes_need.values()) for of in need.values() for entity in of}

    @field_validator("proposes")
    @classmethod
    def _known_command(cls, name: str | None) -> str | None:
        known = sorted(command.__name__ for command in commands.Command.__subclasses__())
        if name is not None and name not in known:
            raise ValueError(f"no command {name!r}; known are {', '.join(known)}")
        return name

    @model_validator(mode="after")
    def _complete(self) -> Rule:
        if not self.needs_roles and not self.needs_one_of:
            raise ValueError("needs_roles or needs_one_of must name what the rule compares")
        needs = [self.needs_entities, *self.causes_need.values()]
        if strange := sorted({role for need in needs for role in need} - {*self.needs_roles, *self.needs_one_of}):
            raise ValueError(f"needs_entities and causes_need name {', '.join(strange)}, which the rule does not compare")
        if self.stage not in ORDER:
            raise ValueError(f"the folder of a rule is its stage, one of {', '.join(ORDER)}, and not {self.stage}")
        if self.stops_deal and self.stage not in STAGES:
            raise ValueError(f"stops_deal is only for a stage of a deal: {', '.join(STAGES)}")
        if both := sorted(set(self.unplanted) & set(self.planted_causes)):
            raise ValueError(f"unplanted names {', '.join(both)}, and a counterexample has it")
        if unknown := sorted(set(self.causes_need) - {*self.unplanted, *self.planted_causes}):
            raise ValueError(f"causes_need names {', '.join(unknown)}, which neither counterexamples nor unplanted have")
        if self.runbook != f"docs/runbooks/{self.code}.md":
            raise ValueError(f"runbook must be docs/runbooks/{self.code}.md")
        return self


def codes(folder: Path = RULES) -> list[str]:
    """The code of every rule that has a YAML twin in the folder, sorted."""
    return sorted(file.stem.removeprefix(PREFIX) for file in folder.rglob(f"{PREFIX}*.yml"))


def stages(folder: Path = RULES) -> list[str]:
    """The folders that rules lie in, sorted."""
    return sorted({file.parent.name for file in folder.rglob(f"{PREFIX}*.yml")})


def twin(code: str, folder: Path = RULES) -> Path | None:
    """The file that says what a rule is, in the folder of its stage; nothing where there is no such rule."""
    return next(folder.rglob(f"{PREFIX}{code}.yml"), None)


def load(code: str, folder: Path = RULES) -> Rule:
    """One rule. Raises InvalidRule naming the file and the key that is wrong."""
    if (file := twin(code, folder)) is None:
        raise InvalidRule(f"no rule {code!r}: no {PREFIX}{code}.yml in {folder}; known are {', '.join(codes(folder))}")
    model = _model(file)
    try:
        rule = Rule.model_validate(model["config"]["meta"] | {"code": code, "stage": file.parent.name})
    except (KeyError, TypeError) as error:
        raise InvalidRule(f"{file}: models[0].config.meta is missing or no mapping ({error})") from error
    except ValidationError as error:
        raise InvalidRule(f"{file}: {yaml_file.faults(error, under='models[0].config.meta')}") from error
    _check_columns(file, model)
    return rule


def load_all(folder: Path = RULES) -> dict[str, Rule]:
    """Every rule by its code, in alphabetical order. Raises InvalidRule, also where one has no twin, or hides what is none."""
    for file in sorted(folder.rglob(f"{PREFIX}*.sql")):
        if not file.with_suffix(".yml").exists():
            code = file.stem.removeprefix(PREFIX)
            raise InvalidRule(f"rule {code}: {file} has no YAML twin that says what it is; write {file.stem}.yml beside it")
    found = {code: load(code, folder) for code in codes(folder)}
    for code, rule in found.items():
        if strange := sorted(set(rule.hides) - {*found, *ORDER}):
            raise InvalidRule(f"rule {code} hides {', '.join(strange)}, which is neither a rule nor a stage")
        if strange := sorted(rule.entities - staged()):
            raise InvalidRule(f"rule {code} needs {', '.join(strange)}, which no platform's staging gives")
    return found


def staged(folder: Path = STAGING) -> set[str]:
    """The entities that some platform's staging gives."""
    return {file.stem.split("__", 1)[1] for file in folder.rglob("stg_*__*.sql")}


def said_of(code: str, column: str, folder: Path = RULES) -> str:
    """What a rule says of one of its columns in words of its own; nothing where it has none, or there is no such rule."""
    if (file := twin(code, folder)) is None:
        return ""
    columns = _model(file)["columns"]
    said = next(str(each["description"]) for each in columns if each["name"] == column)
    return "" if said.startswith("{{") else said


def _model(file: Path) -> dict[str, Any]:
    try:
        model = yaml_file.read(file)["models"][0]
        name = model["name"]
    except NotYaml as error:
        raise InvalidRule(f"{file}: {error}") from error
    except (KeyError, IndexError, TypeError) as error:
        raise InvalidRule(f"{file}: models[0].name cannot be read: {error}") from error
    if name != file.stem:
        raise InvalidRule(f"{file}: models[0].name is {name!r}, must be {file.stem!r}")
    return dict(model)


def _check_columns(file: Path, model: dict[str, Any]) -> None:
    columns = model.get("columns") or []
    if not isinstance(columns, list) or not all(isinstance(column, dict) for column in columns):
        raise InvalidRule(f"{file}: models[0].columns must be a list of columns, each with its name")
    names = tuple(column.get("name") for column in columns)
    if names != COLUMNS:
        differing = sorted({str(name) for name in {*names} ^ {*COLUMNS}}) or ["their order"]
        raise InvalidRule(f"{file}: models[0].columns must be the standard columns; wrong: {', '.join(differing)}")
    for column in columns:
        if not column.get("description") or not column.get("data_type"):
            raise InvalidRule(f"{file}: models[0].columns.{column['name']} needs description and data_type")


def document(rules: dict[str, Rule], counts: Mapping[str, Any]) -> str:
    """docs/rules.md: one table a stage, in it one row a rule, the gravest first; and how well each finds what was planted."""
    ordered = sorted(rules.values(), key=lambda rule: (SEVERITIES.index(rule.severity), rule.code))
    stages = sorted({rule.stage for rule in ordered}, key=ORDER.index)
    lines = [
        "# Rules",
        "",
        "What is looked for, whose it is, and what is proposed. Written from the rules' YAML twins by",
        "`python -m q2c_pipelines.mismatches.rules`; edit those, not this page.",
        "How a case is worked, step by step, is in [reference.md](reference.md#working-a-case).",
        *(line for stage in stages for line in _table(stage, [rule for rule in ordered if rule.stage == stage])),
        *_scorecard(rules, counts),
    ]
    return "\n".join(lines) + "\n"


def _scorecard(rules: dict[str, Rule], counts: Mapping[str, Any]) -> Iterator[str]:
    """How many breaks of each rule were planted, found, and rightly found, of each cause too."""
    yield from (
        "",
        "## Scorecard",
        "",
        "What `make scorecard` planted, what was found, and how much of it is right (docs/architecture.md says what is compared).",
    )
    yield from ("", "| group | planted | found | right |", "|---|---|---|---|")
    yield from (f"| {group} | {_counted(of)} |" for group, of in counts.get("of", {}).items())
    yield from ("", "| rule | cause | planted | found | right |", "|---|---|---|---|---|")
    for code, rule in sorted(rules.items()):
        yield f"| [{code}](runbooks/{code}.md) | | {_counted(counts.get('rules', {}).get(code))} |"
        for cause in rule.planted_causes:
            yield f"| | {cause} | {_counted(counts.get('causes', {}).get(f'{code}/{cause}'))} |"
    yield from ("", "Causes that nothing was planted of:", "")
    yield from (f"- {code}, {cause}: {why}" for code, rule in sorted(rules.items()) for cause, why in rule.unplanted.items())


def _counted(of: Mapping[str, int] | None) -> str:
    return " | ".join(str(of[name]) if of else "–" for name in ("planted", "found", "right"))


def _table(stage: str, rules: list[Rule]) -> list[str]:
    heading = ("| rule | says | severity | owner | SLA | compares | proposes |", "|---|---|---|---|---|---|---|")
    return ["", f"## {stage.capitalize()}", "", *heading, *map(_row, rules)]


def _row(rule: Rule) -> str:
    choice = f"of {', '.join(rule.needs_one_of)} what there is" if rule.needs_one_of else ""
    cells = (
        f"[{rule.code}](runbooks/{rule.code}.md)",
        rule.says,
        rule.severity,
        rule.owner.replace("_", " "),
        f"{rule.sla_hours} h",
        "; ".join(filter(None, [", ".join(rule.needs_roles), choice, *_needs(rule)])),
        rule.proposes or "a case only",
    )
    return f"| {' | '.join(cells)} |"


def _needs(rule: Rule) -> Iterator[str]:
    """What it compares that not every platform gives: `by bundle components of crm, erp`."""
    for cause, need in {"": rule.needs_entities, **rule.causes_need}.items():
        by: dict[str, list[str]] = {}
        for role, entities in need.items():
            by.setdefault(" and ".join(re.sub("y$", "ie", entity).replace("_", " ") + "s" for entity in entities), []).append(role)
        for what, roles in by.items():
            yield f"{cause} by {what} of {', '.join(roles)}".strip()


def main(arguments: list[str] | None = None) -> int:
    """Writes docs/rules.md; with --check only tells whether it is up to date (1 when it is not)."""
    parser = argparse.ArgumentParser(description="Write docs/rules.md from the rules' YAML twins.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when the page is out of date")
    page = ROOT / "docs" / "rules.md"
    counts = ROOT / "docs" / "scorecard.json"
    text = document(load_all(), json.loads(counts.read_text()) if counts.exists() else {})
    if not parser.parse_args(arguments).check:
        page.write_text(text)
    return int(not page.exists() or page.read_text() != text)


if __name__ == "__main__":
    raise SystemExit(main())
