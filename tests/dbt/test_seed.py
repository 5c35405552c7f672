"""A seed is loaded wherever the project lies."""

from __future__ import annotations

from typing import Any


def test_a_seed_is_loaded_where_an_apostrophe_is_in_the_path(acme: Any) -> None:
    place = acme.folder / "seeds"
    place.mkdir()
    (place / "color.csv").write_text("name,code\nred,1\n")
    acme.dbt("seed")
    assert "'" in str(place)
    assert acme.query("select name, code from seeds.color") == [{"name": "red", "code": 1}]


def test_a_seed_may_come_to_have_other_columns(acme: Any) -> None:
    place = acme.folder / "seeds"
    place.mkdir(exist_ok=True)
    for text in ("name,code\nred,1\n", "name,shade,code\nred,dark,1\n"):
        (place / "color.csv").write_text(text)
        acme.dbt("seed")
    assert acme.query("select * from seeds.color") == [{"name": "red", "shade": "dark", "code": 1}]
