"""What long work is at: a moving line on a terminal, one line a step where standard error is a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from q2c_pipelines.cli import show
from q2c_pipelines.cycle import Told


@contextmanager
def told() -> Iterator[Told]:
    """Tells steps as they begin, and how far each has come, until the block ends."""
    console = show.err()
    if not console.is_terminal:
        yield Told(show.say, kept=show.say)
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(24),
        TextColumn("{task.fields[far]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None, far="")

        def step(message: str) -> None:
            bar.reset(task, description=message, total=None, far="")

        def far(what: str, done: int, total: int | None) -> None:
            number = f"{done:,} of {total:,}" if total else f"{done:,} rows"
            bar.update(task, completed=done if total else 0, total=total, far=f"{number}  {what}")

        yield Told(step, far, lambda message: bar.console.print(show.styled(message, "yellow"), soft_wrap=True))
