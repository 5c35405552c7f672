"""The report gives the least of the repeats, ratios of these, and names results that differ."""

from __future__ import annotations

from pathlib import Path

import benchmarks
from benchmarks import build, report
from benchmarks.measure import Cost, best
from q2c_pipelines.project import DBT_PROJECT


def _cost(seconds: float, **facts: object) -> Cost:
    return Cost(seconds, seconds * 2, seconds * 3, 100, {"rows": 1_000_000, **facts})


def _built() -> dict[str, list[Cost]]:
    facts = {"models": 7, "slowest": [("fct_order", 1.5)]}
    return {"hand": [_cost(10)], "same": [_cost(12, **facts)], "all": [_cost(20, **facts)], "update": [_cost(5, **facts)]}


def test_of_the_repeats_the_least_is_given() -> None:
    assert best([_cost(3), _cost(1), _cost(2)], "seconds") == 1


def test_reading_is_compared_with_the_plain_loop_over_the_same_kind_of_pages() -> None:
    costs = {"plain json": [_cost(9), _cost(8)], "ours json": [_cost(10)], "plain csv": [_cost(4)], "ours csv": [_cost(2)]}
    lines = report.reading(costs).splitlines()
    assert lines[3] == "| q2c | json | 100,000 | 20.0 | 100 | 0.80 | 1.25 |"
    assert lines[5] == "| q2c | csv | 500,000 | 4.0 | 100 | 2.00 | 0.50 |"


def test_the_transform_is_compared_with_hand_written_sql_and_a_change_with_the_whole() -> None:
    text = report.building(_built(), {"fct_order": 0, "exp_order": 0}, 1_000_000)
    assert "1,000,000 invoice lines observed; the 2 results are equal, row by row." in text
    assert "| dbt, the same results | 7 | 12.0 | 24.0 | 100 | 1.20 | 1.20 | 0.60 |" in text
    assert "| dbt, after 1 % changed | 7 | 5.0 | 10.0 | 100 | 0.50 | 0.50 | 0.25 |" in text


def test_results_that_differ_are_named() -> None:
    assert "differing rows: {'exp_order': 3}" in report.building(_built(), {"fct_order": 0, "exp_order": 3}, 8)


def test_a_cycle_tells_where_its_time_went() -> None:
    text = report.cycling({"first": [_cost(4, steps=[("building", 3.0, 2.0), ("planning", 0.1, 0.01)])]})
    assert text.splitlines()[-1] == "| first | 1000000 | 4.0 | 12.0 | 100 | building 2.0 |"


def test_every_result_made_by_hand_is_a_model_and_is_compared() -> None:
    models = {file.stem for file in DBT_PROJECT.rglob("models/**/*.sql")}
    by_hand = "".join(file.read_text() for file in (Path(benchmarks.__file__).parent / "hand").glob("*.sql"))
    assert set(build.RESULTS) <= models
    assert all(f"table {name} as" in by_hand or f"view {name} as" in by_hand for name in build.RESULTS)
    assert {f"mismatch__{code}" for code in build.RULES} <= models
    assert all(f"'{code}'" in by_hand for code in build.RULES)


def test_a_change_is_compared_with_all_made_anew_in_the_same_company() -> None:
    text = report.growing(
        {
            100: {"hand": [_cost(5)], "all": [_cost(10)], "dbt, after 1.0% changed": [_cost(4), _cost(2)]},
            1000: {"hand": [_cost(20)], "all": [_cost(80)]},
        }
    )
    assert "| 100 | dbt, after 1.0% changed |  | 2.0 | 4.0 | 100 | 0.40 | 0.40 | 0.20 |" in text
    assert "| 1,000 | dbt, everything |  | 80.0 | 160.0 | 100 | 4.00 | 4.00 | 1.00 |" in text
