"""What a rule of matching may say: `matching.yaml`, typed and checked. What could match everything is refused."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from q2c_pipelines import yaml_file
from q2c_pipelines.config import PROJECT
from q2c_pipelines.yaml_file import NotYaml

Method = Literal["reference", "tolerance", "scored", "sum"]
_MICROSECONDS = {"seconds": 1_000_000, "minutes": 60_000_000, "hours": 3_600_000_000, "days": 86_400_000_000}
Cardinality = Literal["1:1", "1:N", "N:1", "N:M"]


class InvalidMatching(ValueError):
    """Rules of matching that cannot be used; the message names the file and the key."""


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValueError(f"{value!r} is no number")
    return Decimal(str(value))


Exact = Annotated[Decimal, BeforeValidator(_number)]
_LONGEST = 36_525 * _MICROSECONDS["days"]
_NEAR = Decimal("0.5")
_SOON = 366 * _MICROSECONDS["days"]
_OF_MANY = {"currency", "platform", "legal_entity"}  # what one half of all documents has in common with the other
Weight = Annotated[int, Field(ge=0, le=1000)]
Share = Annotated[Exact, Field(ge=0, le=1, decimal_places=4)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    @model_validator(mode="before")
    @classmethod
    def _said(cls, given: Any) -> Any:
        """A key without a value would match everything."""
        if isinstance(given, dict) and (empty := [str(key) for key, value in given.items() if value is None]):
            raise ValueError(f"there is no value for {', '.join(empty)}: give it one, or leave the key out")
        return given


class Equal(_Model):
    """Fields that say the same in capitals: trimmed, letters and digits alone, digits alone, or the right as words of the left."""

    left: str = Field(min_length=1)
    right: str = Field(min_length=1)
    how: Literal["trimmed", "letters_and_digits", "digits", "contained"] = "trimmed"


class Drift(_Model):
    """How far two amounts may be apart, the bound included: a share of the right one, or so much money."""

    by: Annotated[Exact, Field(ge=0, le=10**12, decimal_places=4)]
    of: Literal["right_amount", "currency_units"] = "right_amount"

    @model_validator(mode="after")
    def _is_a_share(self) -> Drift:
        if self.of == "right_amount" and self.by > 1:
            raise ValueError(f"{self.by} of the right amount is more than all of it: two per cent are 0.02")
        return self

    @property
    def is_near(self) -> bool:
        """So near that it tells documents from others that have nothing else in common."""
        return self.of == "right_amount" and self.by <= _NEAR


class Apart(_Model):
    """How far two moments may be apart, before or after, the bound included, to the microsecond."""

    by: int = Field(ge=0)
    unit: Literal["seconds", "minutes", "hours", "days"]
    left: str = "at"
    right: str = "at"

    @model_validator(mode="after")
    def _is_in_reach(self) -> Apart:
        if self.microseconds > _LONGEST:
            raise ValueError(f"{self.by} {self.unit} are more than a hundred years: so far apart no two documents are")
        return self

    @property
    def microseconds(self) -> int:
        return _MICROSECONDS[self.unit] * self.by


class Alike(_Model):
    """How much the likeness of two texts weighs: of both whole, of the right one in a part of the left, or of their words."""

    left: str = Field(min_length=1)
    right: str = Field(min_length=1)
    how: Literal["whole", "part", "words"] = "whole"
    weight: int = Field(ge=1, le=1000)


class Score(_Model):
    """What a score is made of; nearness is 1 where two are equal and 0 at the bound."""

    texts: list[Alike] = Field(min_length=1)
    amount: Weight = 0
    date: Weight = 0
    at_least: Annotated[Share, Field(gt=0)]


class Sum(_Model):
    """Which side's records are added up, of how many at most, and how many may be looked at."""

    side: Literal["left", "right", "both"]
    parts: int = Field(default=4, ge=2, le=6)
    among: int = Field(default=24, ge=2, le=28)


class Pass(_Model):
    """One look at what is still open. It fits where everything holds that it names."""

    name: str = Field(min_length=1)
    method: Method
    equal: list[Equal] = []
    agree: list[Equal] = []  # what may not be known of one of them; where it is of both, it is the same
    amount: Drift | None = None
    settles: Drift | None = None  # what may be between two that name each other and is settled with them: a bank's fee
    date: Apart | None = None
    score: Score | None = None
    sum: Sum | None = None
    lead: Share = Decimal(0)  # by how much a candidate has to be better than the second best
    sure: Share = Decimal(1)  # how sure the best of its pairs is: scores are a share of it

    @model_validator(mode="after")
    def _is_enough(self) -> Pass:
        needed = {
            "reference": (self._tells, "equal"),
            "tolerance": (bool(self.amount and (self._tells or self.date)), "amount, and equal or date"),
            "scored": (bool(self.amount and self.score and (self._tells or self.date)), "amount, score, and equal or date"),
            "sum": (bool(self.amount and self.sum and self._tells), "amount, sum and equal"),
        }
        is_enough, what = needed[self.method]
        if not is_enough:
            raise ValueError(f"a {self.method} pass needs {what}: without it documents would match that have nothing in common")
        if not self._tells and not (self.amount and self.amount.is_near and self.date and self.date.microseconds <= _SOON):
            raise ValueError("without equal, amounts are at most half of the right one apart, and moments at most a year")
        strange = [name for name in ("score", "sum") if getattr(self, name) and not self.method.startswith(name)]
        strange += ["settles"] if self.settles and self.method != "reference" else []
        if strange:
            raise ValueError(f"a {self.method} pass has no {strange[0]}")
        if any(each.how == "contained" for each in self.agree):
            raise ValueError("two fields agree where they are the same: contained stands in equal")
        if sum(each.how == "contained" for each in self.equal) > 1 or (self.method == "sum" and self._contains):
            raise ValueError("contained stands once in a pass, and in none that adds up")
        return self

    @property
    def _tells(self) -> bool:
        """Whether the pass names fields in which not everything is the same."""
        return any(not {each.left, each.right} & _OF_MANY for each in self.equal)

    @property
    def _contains(self) -> bool:
        return any(each.how == "contained" for each in self.equal)


class Rule(_Model):
    """How the documents of one link find each other: passes in order, each over what the one before left open."""

    says: str = Field(min_length=1)
    cardinality: Cardinality
    link_from: Share = Decimal(0)  # the least score at which a pair is a link; what is below is shown as a suggestion
    passes: list[Pass] = Field(min_length=1)

    @model_validator(mode="after")
    def _fits(self) -> Rule:
        names = [each.name for each in self.passes]
        if len(set(names)) < len(names):
            raise ValueError("two passes have one name")
        many = {"left": self.cardinality[0] == "N", "right": self.cardinality[2] != "1"}
        for each in self.passes:
            if each.sum and not all(many[side] for side in ("left", "right") if each.sum.side in (side, "both")):
                raise ValueError(f"the pass {each.name} adds up what a rule of {self.cardinality} does not let be several")
        return self


def load(path: Path) -> dict[str, Rule]:
    """The rules of a file, by link. Raises InvalidMatching."""
    try:
        if not (said := yaml_file.read(path)):
            raise InvalidMatching(f"{path}: it has no rule: begin with a copy of {PROJECT / 'matching.yaml'}")
        return TypeAdapter(dict[str, Rule]).validate_python(said)
    except OSError as error:
        raise InvalidMatching(f"{path}: the rules of matching cannot be read: {error.strerror}") from error
    except NotYaml as error:
        raise InvalidMatching(f"{path}: {error}") from error
    except ValidationError as error:
        raise InvalidMatching(f"{path}: {yaml_file.faults(error, whole='the file')}") from error
