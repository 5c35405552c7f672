"""Small JSON files in the home that one step leaves for the next: replaced whole, so that none is ever read half-written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from q2c_pipelines.config import ConfigError


def write(file: Path, value: Any) -> None:
    """Put the value in the file's place, all of it or nothing."""
    temporary = file.with_suffix(".part")
    temporary.write_text(json.dumps(value, indent=1))
    temporary.replace(file)


def read(file: Path) -> Any:
    """The value in the file. Raises ConfigError, naming it, where it is not what was written."""
    try:
        return json.loads(file.read_text())
    except ValueError as error:
        raise ConfigError(f"{file} is not whole ({error}); delete it, the next q2c sync makes it anew") from error
