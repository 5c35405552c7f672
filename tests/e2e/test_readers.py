"""Analysts read what is published while a cycle publishes anew: nobody waits, nobody sees half of it."""

from __future__ import annotations

import json

import duckdb

from tests.e2e.analyst import QUESTION
from tests.e2e.conftest import Lived


def test_who_stays_keeps_the_old_publication(lived: Lived) -> None:
    (times,) = lived.staying.values()
    assert times > 10


def test_who_comes_finds_the_old_or_the_new_and_never_half(lived: Lived) -> None:
    assert len(lived.coming) <= 2
    assert set(lived.staying) < set(lived.coming)


def test_the_new_publication_is_another(lived: Lived) -> None:
    with duckdb.connect(str(lived.house.settings.published_file), read_only=True) as db:
        now = [list(row) for row in db.execute(QUESTION).fetchall()]
    (old,) = lived.staying
    assert now != json.loads(old)[1]
