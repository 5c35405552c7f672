"""YAML files that people write. What is wrong in one is told by its place, never by its content: a secret may stand there."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from yaml.constructor import ConstructorError
from yaml.reader import ReaderError

_FAST: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
_PLAIN = re.compile(r"[-+]?(0|[1-9][0-9]*|(0|[1-9][0-9]{0,11})\.[0-9]{1,4})")  # what comes out as it was written
_QUOTED = re.compile(r"""('(?:<[^']*>|.)')|'[^']*'|"[^"]*\"""")  # names of tokens and single characters stay


class _Strict:
    """What YAML would take silently for something else than was meant: a key that stands twice, 1:30 for 90, 0105 for 69."""

    def flatten_mapping(self, node: Any) -> None:
        if not hasattr(node, "is_checked"):  # before other mappings are merged into it
            keys = [(key.tag, key.value) for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
            if len(set(keys)) < len(keys):
                again = next(key for place, (key, _) in enumerate(node.value) if (key.tag, key.value) in keys[:place])
                raise ConstructorError(None, None, "a key that stands here already", again.start_mark)
            node.is_checked = True
        super().flatten_mapping(node)  # type: ignore[misc]

    def construct_scalar(self, node: Any) -> Any:
        if node.tag in _NUMBERS and not _PLAIN.fullmatch(node.value):
            raise ConstructorError(None, None, "a number that is not plain, as 12 or 0.5; in quotes it is text", node.start_mark)
        return super().construct_scalar(node)  # type: ignore[misc]


class _Fast(_Strict, _FAST):  # type: ignore[misc]
    """By libyaml."""


class _Telling(_Strict, yaml.SafeLoader):
    """Slower, and it says better what is wrong."""


class NotYaml(ValueError):
    """What is in the file is not YAML; the message says where, and what was expected there."""


def read(file: Path) -> Any:
    """What the file says. Raises NotYaml, OSError."""
    content = file.read_bytes()
    with suppress(yaml.YAMLError, ValueError, AttributeError, TypeError, RecursionError):
        return yaml.load(content, _Fast)
    try:
        return yaml.load(content, _Telling)
    except yaml.MarkedYAMLError as error:
        raise NotYaml(f"not YAML: {_place(error)}{_without_content(error.problem or error.context or 'unreadable')}") from None
    except ReaderError as error:
        raise NotYaml(f"not YAML: character {error.position + 1}: {error.reason}; YAML is written in UTF-8") from None
    except RecursionError:
        raise NotYaml("not YAML: it is nested too deep") from None
    except (ValueError, AttributeError, TypeError):  # PyYAML's own, of a date or number that is none
        raise NotYaml("not YAML: a value is not of the type that it is written as; put it in quotes") from None


def faults(error: ValidationError, *, whole: str = "", under: str = "") -> str:
    """What does not fit the model, each by its place `under` a key; `whole` names the place of what is wrong with all of it."""
    steps = [under] if under else []
    return "; ".join(f"{'.'.join(map(str, [*steps, *each['loc']])) or whole}: {each['msg']}" for each in error.errors())


def _place(error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    return f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""


def _without_content(problem: str) -> str:
    return _QUOTED.sub(lambda found: found[1] or "'…'", problem)
