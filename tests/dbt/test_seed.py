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
