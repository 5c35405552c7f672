"""Working ahead changes neither the order nor the errors, and goes no further than the next one."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from q2c_pipelines.lake.ahead import ahead

CHECKING = """
import sys
from tests.lake.test_contract import GOOD, TABLE, platform
from q2c_pipelines.lake.contract import check
from q2c_pipelines.platforms.page import Page
import orjson

for record in (GOOD, GOOD | {"Odd": [1]}, GOOD | {"Amount__c": "much"}, GOOD | {"DueOn": "26-01-01"}):
    check(Page("invoice", orjson.dumps({"records": [record]}), "records[]"), platform(), TABLE)
check(Page("invoice", b"Id,Amount__c,ChangedAt\\na,1,2026-01-01T00:00:00Z\\nb,x,\\n", format="csv"), platform(), TABLE)
print("pandas" in sys.modules)
"""


def test_the_order_stays() -> None:
    assert list(ahead(iter(range(100)))) == list(range(100))
    assert list(ahead([])) == []


def test_an_error_comes_where_it_happened() -> None:
    def items() -> Iterator[int]:
        yield 1
        yield 2
        raise ValueError("down")

    came: list[int] = []
    with pytest.raises(ValueError, match="down"):
        came.extend(ahead(items()))
    assert came == [1, 2]


def test_the_next_one_is_made_while_one_is_used_and_no_more() -> None:
    made = [threading.Event() for _ in range(3)]

    def items() -> Iterator[int]:
        for number, event in enumerate(made):
            event.set()
            yield number

    using = ahead(items())
    assert not made[0].is_set()
    next(using)
    assert made[1].wait(30)
    using.close()
    assert not made[2].is_set()


def test_checking_a_page_imports_nothing_that_another_thread_might_see_half_imported() -> None:
    """Dlt looks into pandas as soon as there is one, even while another thread still imports it."""
    done = subprocess.run([sys.executable, "-c", CHECKING], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
