"""The demonstration, with nothing behind it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest

from q2c_pipelines.cycle import Cycle, Ingested


def test_it_ends_by_saying_how_to_go_on(q2c: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox = SimpleNamespace(call=lambda *_, **__: ["planted before"])
    monkeypatch.setattr("q2c_pipelines.cli.demo.running", lambda *_, **__: nullcontext(sandbox))
    monkeypatch.setattr("q2c_pipelines.cycle.run", lambda *_, **__: Cycle([Ingested("stripe")], "", None, []))
    last = q2c("demo").out.splitlines()[-1]
    assert "q2c sandbox serve" in last
    assert "make dev" in last


@pytest.mark.parametrize("is_served", [True, False])
def test_a_sandbox_that_was_broken_before_is_told_as_such(
    q2c: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, is_served: bool
) -> None:
    sandbox = SimpleNamespace(call=lambda *_, **__: ["planted before"])
    monkeypatch.setattr("q2c_pipelines.cli.demo.running", lambda *_, **__: nullcontext(sandbox))
    monkeypatch.setattr("q2c_pipelines.cli.demo.is_served", lambda _: is_served)
    monkeypatch.setattr("q2c_pipelines.cycle.run", lambda *_, **__: Cycle([Ingested("stripe")], "", None, []))
    first, second, *_ = q2c("demo").err.splitlines()
    assert first.startswith("using the sandbox that is served" if is_served else "starting the sandbox: 2,000 deals")
    assert second.startswith("it was broken before, so nothing is planted")
