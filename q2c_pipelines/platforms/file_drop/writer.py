"""Nothing is written to a file drop yet: no command of the model has a file layout as its target."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from q2c_pipelines.platforms.commands import Command
from q2c_pipelines.platforms.flow import Flow

HANDLERS: dict[type[Command], Callable[[Any], Flow]] = {}
