"""Values of a counterexample: Jinja expressions between `${` and `}`, evaluated in a sandbox over a victim's facts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from jinja2 import StrictUndefined, TemplateError, Undefined, UndefinedError
from jinja2.sandbox import SandboxedEnvironment

Facts = Mapping[str, Any]
_FACTS = "what there is to name is in docs/architecture.md, The sandbox's world and Counterexamples"


class WrongExpression(ValueError):
    """An expression that cannot be evaluated; the message quotes it."""


def text(value: Any) -> str:
    """A value as platforms write it: UTC to the second, decimals in full."""
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else "" if value is None else str(value)


def _decimal(value: Any) -> Decimal:
    return Decimal(str(value))


def _money(value: Any) -> Decimal:
    return _decimal(value).quantize(Decimal("0.01"), ROUND_HALF_EVEN)


_ENVIRONMENT = SandboxedEnvironment(variable_start_string="${", variable_end_string="}", undefined=StrictUndefined, finalize=text)
_ENVIRONMENT.globals = {
    "decimal": _decimal,
    "money": _money,
    "text": text,
    "days": lambda count: timedelta(days=count),
    "hours": lambda count: timedelta(hours=count),
    "date": date,
}


def evaluated(value: Any, facts: Facts) -> Any:
    """The value with every expression in it replaced; a lone `${expression}` keeps its type."""
    if isinstance(value, dict):
        return {name: evaluated(inner, facts) for name, inner in value.items()}
    if isinstance(value, list):
        return [evaluated(inner, facts) for inner in value]
    if not isinstance(value, str) or "${" not in value:
        return value
    try:
        return _alone(value, facts) if _is_alone(value) else _ENVIRONMENT.from_string(value).render(facts)
    except UndefinedError as error:
        raise WrongExpression(f"{value!r}: {error}; {_FACTS}") from error
    except (TemplateError, ArithmeticError, TypeError, ValueError, AttributeError, LookupError) as error:
        raise WrongExpression(f"{value!r}: {error}") from error


def _is_alone(value: str) -> bool:
    return value.startswith("${") and value.endswith("}") and value.count("${") == 1 and value.count("}") == 1


def _alone(value: str, facts: Facts) -> Any:
    result = _ENVIRONMENT.compile_expression(value[2:-1], undefined_to_none=False)(facts)
    if isinstance(result, Undefined):
        raise UndefinedError("there is no such fact")
    return result
