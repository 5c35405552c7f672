"""Why two accounts are taken for one customer, or are not: a waterfall from the odds before to the odds after, for people to read.

a scored pair -> steps (what is compared, both values, how alike, what it weighs) -> text, or a picture (SVG)
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from xml.sax.saxutils import escape

from q2c_pipelines.canonical.identity.customers import SUREST
from q2c_pipelines.canonical.identity.linkage import Settings, Weights

_SHOWN = {
    "name": "name",
    "subsidiary": "places",
    "division": "divisions",
    "place": "postal_code",
}  # the column, where called otherwise


@dataclass(frozen=True)
class Step:
    """One comparison: both values, how alike they are, and what that weighs (the base-2 logarithm of how it changes the odds)."""

    compared: str
    value: str
    other: str
    level: str
    weight: float


def steps(row: Mapping[str, Any], settings: Settings, weights: Weights) -> list[Step]:
    """The steps of a scored pair, the odds before anything was compared first; what is not known of both weighs nothing."""
    before = Step("before", "", "", "two accounts taken at random", round(math.log2(weights["prior"] / (1 - weights["prior"])), 2))
    return [before, *(_step(row, each) for each in settings["comparisons"])]


def probability(weight: float) -> float:
    """Of a match weight."""
    return float(1 / (1 + 2.0**-weight))


def dumped(found: Sequence[Step]) -> str:
    return json.dumps([asdict(each) for each in found], ensure_ascii=False)


def loaded(text: str) -> list[Step]:
    return [Step(**each) for each in json.loads(text)]


def waterfall(found: Sequence[Step]) -> list[dict[str, Any]]:
    """The steps as rows, each with the running total and the probability that it stands for."""
    return [asdict(step) | {"total": round(total, 2), "probability": likelihood(total)} for step, total in _running(found)]


def likelihood(weight: float) -> float:
    """The probability of a match weight as it is told, everywhere to as many places: never quite sure."""
    return round(min(probability(weight), SUREST), 4)


def said(found: Sequence[Step]) -> str:
    """What the steps come to."""
    total = sum(step.weight for step in found)
    return f"match weight {total:.2f}, probability {likelihood(total):.4f}"


def picture(pairs: Mapping[str, Sequence[Step]]) -> str:
    """The waterfalls of these pairs as one SVG, below each other: a bar a comparison, green for what speaks for one customer, red
    for what speaks against it.
    """
    heights = [_height(found) for found in pairs.values()]
    drawn = [_drawn(found, title, sum(heights[:place])) for place, (title, found) in enumerate(pairs.items())]
    size = f'width="900" height="{sum(heights)}"'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12">'
    return "\n".join([svg, '<rect width="100%" height="100%" fill="white"/>', *drawn, "</svg>\n"])


def _drawn(found: Sequence[Step], title: str, top: int) -> str:
    """One waterfall, so far from the top."""
    running = list(_running(found))
    ends = [0.0, *(total for _, total in running)]
    low, high = min(ends), max(ends)
    scale = 420 / max(high - low, 1)
    rows = [_bar(number, step, total, low, scale) for number, (step, total) in enumerate(running)]
    height, zero = _height(found), 360 - low * scale
    return "\n".join(
        [
            f'<g transform="translate(0 {top})">',
            f'<text x="20" y="26" font-size="15" font-weight="bold">{escape(title)}</text>',
            f'<text x="20" y="46" fill="#555">{said(found)}</text>',
            f'<line x1="{zero:.1f}" x2="{zero:.1f}" y1="56" y2="{height - 40}" stroke="#999" stroke-dasharray="3 3"/>',
            *rows,
            f'<text x="{zero:.1f}" y="{height - 20}" text-anchor="middle" fill="#555">even odds</text>',
            "</g>",
        ]
    )


def _height(found: Sequence[Step]) -> int:
    return 70 + 34 * len(found) + 40


def _step(row: Mapping[str, Any], comparison: Mapping[str, Any]) -> Step:
    name = comparison["output_column_name"]
    column = _SHOWN.get(name, name)
    weight = float(row.get(f"mw_{name}") or 0) + float(row.get(f"mw_tf_adj_{name}") or 0)
    return Step(
        name,
        _told(row.get(f"{column}_l")),
        _told(row.get(f"{column}_r")),
        _level(comparison, row[f"gamma_{name}"]),
        round(weight, 2),
    )


def _level(comparison: Mapping[str, Any], gamma: int) -> str:
    levels = comparison["comparison_levels"]
    known = [level for level in levels if not level.get("is_null_level")]
    chosen = next(level for level in levels if level.get("is_null_level")) if gamma < 0 else known[len(known) - 1 - gamma]
    return str(chosen["label_for_charts"])


def _told(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)


def _running(found: Sequence[Step]) -> Iterator[tuple[Step, float]]:
    total = 0.0
    for step in found:
        total += step.weight
        yield step, total


def _bar(number: int, step: Step, total: float, low: float, scale: float) -> str:
    y, start, end = 66 + 34 * number, 360 + (total - step.weight - low) * scale, 360 + (total - low) * scale
    colour = "#999" if step.compared == "before" else "#2a9d5c" if step.weight > 0 else "#c8453b"
    values = f"{step.value} | {step.other}" if step.value or step.other else ""
    return (
        f'<text x="20" y="{y + 10}">{escape(step.compared)}: {escape(step.level)}</text>'
        f'<text x="20" y="{y + 24}" fill="#777" font-size="10">{escape(values[:70])}</text>'
        f'<rect x="{min(start, end):.1f}" y="{y}" width="{max(abs(end - start), 1):.1f}" height="20" fill="{colour}"/>'
        f'<text x="{max(start, end) + 5:.1f}" y="{y + 14}">{step.weight:+.2f}</text>'
    )
