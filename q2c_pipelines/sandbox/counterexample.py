"""What a rule's YAML twin declares to break a deal on purpose, typed and checked. `docs/architecture.md` says what the keys mean.

mismatch__<code>.yml -> Counterexample by chain.  Nothing here knows a platform or a deal.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from q2c_pipelines import yaml_file
from q2c_pipelines.sandbox.errors import SandboxError
from q2c_pipelines.yaml_file import NotYaml

PREFIX = "mismatch__"
EVERY_CHAIN = "every"
Victim = Literal["completed_deal", "amended_deal", "renewed_deal", "lost_deal", "customer", "product", "nobody"]
Verb = Literal["update", "delete", "copy", "insert", "drop", "fault"]


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Step(_Declared):
    """One change to one emulator's table, one file left in a file drop, or one way in which a platform misbehaves from then on."""

    platform: str
    update: str | None = None
    delete: str | None = None
    copy_: str | None = Field(default=None, alias="copy")
    insert: str | None = None
    drop: str | None = None
    fault: str | None = None
    where: dict[str, Any] = {}
    set_: dict[str, Any] = Field(default={}, alias="set")
    lines: list[str] = []
    each: str | None = None

    @property
    def change(self) -> tuple[Verb, str]:
        """What is done, and to which table or file."""
        return next((verb, what) for verb, what in self._named.items() if what)

    @property
    def _named(self) -> dict[Verb, str | None]:
        changes: dict[Verb, str | None] = {"update": self.update, "delete": self.delete, "copy": self.copy_}
        return changes | {"insert": self.insert, "drop": self.drop, "fault": self.fault}

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if sum(bool(what) for what in self._named.values()) != 1:
            raise ValueError(f"a step has exactly one of {', '.join(self._named)}")
        verb, _ = self.change
        if (verb in ("insert", "drop", "fault")) == bool(self.where):
            raise ValueError("update, delete and copy need `where`, insert, drop and fault have none")
        if (verb in ("delete", "drop")) == bool(self.set_):
            raise ValueError("update, copy, insert and fault need `set`, delete and drop have none")
        if (verb == "drop") != bool(self.lines):
            raise ValueError("drop needs `lines`, the others have none")
        return self


class Finding(_Declared):
    """What must be found once the steps are taken."""

    platform: str
    entity: str
    native_id: str
    amount: Any = 0
    currency: str | None = None  # the company's
    deal_key: str | None = None
    cause: str | None = None
    until: str | None = None  # when it ends by itself
    each: str | None = None


class Counterexample(_Declared):
    """How one company is broken. `stage`, `needs_roles` and `hides` are its rule's."""

    stage: str = ""
    needs_roles: list[str] = []
    hides: list[str] = []  # rules, and stages of rules, that find nothing of what is broken so
    victim: Victim
    having: str | None = None
    let: dict[str, Any] = {}
    once: bool = False
    steps: list[Step] = Field(min_length=1)
    finds: list[Finding] = Field(min_length=1)

    @property
    def begins_now(self) -> bool:
        """Whether what is broken comes to be with the plant, so that its hand-off still has all its time."""
        return self.victim == "lost_deal" or any(step.change[0] in ("copy", "insert") for step in self.steps)


def codes(rules: Path) -> list[str]:
    """Every rule that has a YAML twin in the folder, sorted."""
    return sorted(file.stem.removeprefix(PREFIX) for file in rules.rglob(f"{PREFIX}*.yml"))


def load(rules: Path, rule: str) -> dict[str, list[Counterexample]]:
    """The counterexamples of one rule by chain, in its order. Raises SandboxError naming the file and the key that is wrong."""
    code = rule.removeprefix(PREFIX)
    file = next(rules.rglob(f"{PREFIX}{code}.yml"), None)
    if file is None:
        raise SandboxError(f"no rule {code!r}: no {PREFIX}{code}.yml in {rules}; known are {', '.join(codes(rules)) or 'none'}")
    try:
        meta = yaml_file.read(file)["models"][0]["config"]["meta"]
        declared = dict(meta["counterexamples"])
        of_rule = {"stage": file.parent.name} | {name: meta[name] for name in ("needs_roles", "hides") if name in meta}
    except NotYaml as error:
        raise SandboxError(f"{file}: {error}") from error
    except (KeyError, IndexError, TypeError, ValueError):
        raise SandboxError(f"{file}: models[0].config.meta.counterexamples is missing, or has no chain") from None
    return {chain: _all_of(file, chain, said, of_rule) for chain, said in declared.items() if not isinstance(said, str)}


def _all_of(file: Path, chain: str, said: Any, of_rule: Mapping[str, Any]) -> list[Counterexample]:
    """One counterexample, or one for each way to break the rule."""
    if not isinstance(said, list):
        return [_checked(file, chain, said, of_rule)]
    return [_checked(file, f"{chain}.{place}", one, of_rule) for place, one in enumerate(said)]


def _checked(file: Path, chain: str, declared: Any, of_rule: Mapping[str, Any]) -> Counterexample:
    try:
        return Counterexample.model_validate(dict(declared) | dict(of_rule))
    except ValidationError as error:
        raise SandboxError(f"{file}: {yaml_file.faults(error, under=f'counterexamples.{chain}')}") from error
    except (TypeError, ValueError):
        raise SandboxError(f"{file}: counterexamples.{chain} is neither a counterexample nor why there is none") from None
