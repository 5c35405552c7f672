"""How far the rules can tell, as published: that nothing was found is agreement only where every rule that applies has looked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from q2c_pipelines.cli.published import answer

_BY_REASON = r"""
    select status, regexp_replace(why, '(^|; )[^:; ]+: ', '\1', 'g') as reason, count(*) as rules,
        count(case when determinate_in is not null then untold end) as partial, string_agg(untold, '; ' order by rule) as untold
    from mart_rule_status where ? = '' or rule = ? group by all order by status, rules desc, reason
"""
_WORDS = {"indeterminate": "cannot tell", "not_applicable": "do not apply"}
Statuses = Iterable[Mapping[str, Any]]


def statuses(rule: str = "") -> list[dict[str, Any]]:
    """How many rules can tell, cannot or do not apply, and for which reason; or only this rule."""
    return answer(_BY_REASON, [rule, rule])[0]


def is_certain(found: Statuses) -> bool:
    """Whether some rule can tell, and none is left that cannot."""
    return {each["status"] for each in found} - {"not_applicable"} == {"determinate"}


def nothing(found: Statuses, certain: str) -> str:
    """What is said where no mismatch was found: `certain` only where that can be known."""
    if not _all(found):
        return "not built yet; q2c sync builds what looks for them"
    if is_certain(found):
        return certain
    able = sum(each["rules"] for each in found if each["status"] == "determinate")
    return f"none by the {able:,} of {_all(found):,} rules that can tell" if able else "no rule can tell"


def caveats(found: Statuses) -> Iterator[str]:
    """How many rules cannot tell or do not apply, and why; how many cannot look everywhere, and one by itself where not."""
    for status, words in _WORDS.items():
        if chosen := [each for each in found if each["status"] == status]:
            reasons = dict.fromkeys(reason for each in chosen for reason in each["reason"].split("; "))
            yield f"{_all(chosen):,} of {_all(found):,} rules {words}: {'; '.join(reasons)}"
    if partial := sum(each["partial"] for each in found):
        one = _all(found) == 1
        where = next(each["untold"] for each in found if each["partial"]) if one else "mart_rule_status.untold says where"
        yield f"{partial:,} of {_all(found):,} rules cannot look everywhere, as a platform does not give what they compare: {where}"


def _all(found: Statuses) -> int:
    return sum(each["rules"] for each in found)
