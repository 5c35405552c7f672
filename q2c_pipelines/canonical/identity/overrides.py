"""What a person has decided of two accounts: that they are one customer, or that they are not. Always wins.

seeds/identity_overrides.csv -> overrides, or ConfigError where they contradict each other
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from q2c_pipelines import whole_file
from q2c_pipelines.canonical.identity.clusters import Link, joined
from q2c_pipelines.config import ConfigError
from q2c_pipelines.platforms import spec

FILE = "identity_overrides.csv"
COLUMNS = ("action", "platform", "native_id", "other_platform", "other_native_id", "reason", "decided_by", "decided_on")


@dataclass(frozen=True)
class Override:
    """`merge`: both are one customer. `split`: the first is not the other's customer; where both were one, the first one leaves."""

    action: str
    account: str
    other: str
    reason: str = ""


def load(folder: Path) -> list[Override]:
    """The overrides in force. Raises ConfigError, naming file and line, for one of no platform or against what merges make one."""
    with (folder / FILE).open(encoding="utf-8", newline="") as text:
        found = [_override(row) for row in csv.DictReader(text)]
    for line, each in enumerate(found, 2):
        if each.account == each.other:
            raise ConfigError(f"{folder / FILE}: line {line}: {each.account} is named as its own other")
        _require_platforms(each, f"{folder / FILE}: line {line}")
    require_no_contradiction(found, str(folder / FILE))
    return found


def _require_platforms(each: Override, where: str) -> None:
    """Raises ConfigError where an account is on no platform: the decision would bind nobody."""
    for platform in (account.partition(":")[0] for account in (each.account, each.other)):
        if not spec.is_known(platform):
            raise ConfigError(f"{where}: there is no platform {platform}, it may be a typo; known are {', '.join(spec.names())}")


def require_no_contradiction(found: Sequence[Override], where: str) -> None:
    """Raises ConfigError where a split names two accounts that merges, also by way of others, make one."""
    merged = joined(Link(each.account, each.other, 0, 1) for each in found if each.action == "merge")
    for line, each in enumerate(found, 2):
        if each.action == "split" and each.other in merged.get(each.account, ()):
            told = f"{each.account} and {each.other} are to be kept apart, and merges make them one"
            raise ConfigError(
                f"{where}: line {line}: {told} ({', '.join(sorted(merged[each.account]))}): take one of these lines out"
            )


def add(folder: Path, line: Sequence[str]) -> None:
    """Write one more line at the end of the file. Raises ConfigError, and writes nothing, where the seed would be refused then."""
    file = folder / FILE
    said = [written(name, value) for name, value in zip(COLUMNS, line, strict=True)]
    new, known = _override(dict(zip(COLUMNS, said, strict=True))), load(folder)
    _require_platforms(new, str(file))
    if any((each.account, each.other) == (new.account, new.other) for each in known):
        raise ConfigError(f"{file} decides of {new.account} and {new.other} already: take that line out first")
    require_no_contradiction([*known, new], str(file))
    before = file.read_text(encoding="utf-8")
    row = io.StringIO()
    csv.writer(row, lineterminator="\n").writerow(said)
    whole_file.write(file, (before + ("" if before.endswith("\n") else "\n") + row.getvalue()).encode())


def written(column: str, value: str) -> str:
    """A value as a seed takes it, without blanks around it. Raises ConfigError where nothing is left, or it cannot be read."""
    value = value.strip()
    if not value or not value.isprintable():
        raise ConfigError(f"{FILE}: column {column}: {value!r} says nothing, or holds what cannot be seen")
    return value


def _override(row: dict[str, str]) -> Override:
    account, other = f"{row['platform']}:{row['native_id']}", f"{row['other_platform']}:{row['other_native_id']}"
    return Override(row["action"], account, other, row["reason"])
