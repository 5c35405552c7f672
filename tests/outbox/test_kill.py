"""A deliverer killed with SIGKILL at every step it takes: nothing is lost, nothing is done twice."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from q2c_pipelines.outbox import audit


@pytest.fixture(scope="module")
def mortal() -> Iterator[subprocess.Popen[str]]:
    """A process that delivers as often as it is told, dying at the step it is told."""
    program = str(Path(__file__).with_name("tiny.py"))
    with subprocess.Popen([sys.executable, program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


def test_killed_at_every_step(mortal, store, store_url, plan, run, tiny, clock, action):
    keys: list[str] = []
    status = None
    while status != "0":
        keys.append(f"killed-at-{len(keys) + 1}")
        plan(keys[-1])
        mortal.stdin.write(f"{store_url} {tiny.base_url} {clock().isoformat()} {len(keys)}\n")
        mortal.stdin.flush()
        status = mortal.stdout.readline().strip()
        assert status in ("0", "-9")
    clock.advance(minutes=6)
    run()
    assert {key: action(key).state for key in keys} == dict.fromkeys(keys, "confirmed")
    assert tiny.effects == dict.fromkeys(keys, 1)
    assert len(keys) > 15
    assert audit.verify(store).broken_at is None
