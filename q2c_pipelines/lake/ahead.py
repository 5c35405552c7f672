"""One stage of a pipeline working ahead of the next: the machine reads while it writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, cast

T = TypeVar("T")
_END = object()


def ahead(items: Iterable[T]) -> Iterator[T]:
    """The same items, in their order, with their errors; while one is used the next is made, in a thread of its own."""
    making = iter(items)
    thread = ThreadPoolExecutor(1, thread_name_prefix="ahead")
    try:
        coming = thread.submit(next, making, _END)
        while (item := coming.result()) is not _END:
            coming = thread.submit(next, making, _END)
            yield cast(T, item)
    finally:
        thread.shutdown(wait=False, cancel_futures=True)
