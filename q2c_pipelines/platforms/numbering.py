"""From a kind and a number to characters that look random: what every platform's `ids.py` shapes its ids from.

(kind, number) -> mixed -> digits -> text.  The same for ever, unique within and over the kinds; whole arrays at a time.
"""

from __future__ import annotations

from zlib import crc32

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]
Texts = npt.NDArray[np.str_]

BASE62 = np.frombuffer(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", dtype=np.uint8)
HEX = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)


def numbered(prefix: str, numbers: Numbers, width: int = 8) -> list[str]:
    """Document numbers: `SO00000042`."""
    return [f"{prefix}{number:0{width}d}" for number in numbers.tolist()]


def uuids(kind: str, numbers: Numbers) -> list[str]:
    """UUIDs of version 4, in lower case."""
    first = mixed(kind, numbers)
    plain = text(np.hstack([digits(remixed(~first), HEX, 16), digits(first, HEX, 16)])).tolist()
    return [f"{one[:8]}-{one[8:12]}-4{one[13:16]}-a{one[17:20]}-{one[20:]}" for one in plain]


def mixed(kind: str, numbers: Numbers) -> npt.NDArray[np.uint64]:
    """64 bits that look random; no two numbers below 2**40 of one kind share them."""
    return remixed(np.uint64((crc32(kind.encode()) & 0xFFFFFF) << 40) ^ numbers.astype(np.uint64))


def remixed(x: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """The finaliser of splitmix64, a bijection (Steele, Lea, Flood 2014)."""
    x = x + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def digits(values: npt.NDArray[np.uint64], alphabet: npt.NDArray[np.uint8], width: int) -> npt.NDArray[np.uint8]:
    """The lowest digits of each value in the alphabet's base: a row of characters a value."""
    columns = []
    for _ in range(width):
        values, digit = np.divmod(values, np.uint64(len(alphabet)))
        columns.append(alphabet[digit.astype(np.intp)])
    return np.stack(columns[::-1], axis=1)


def constant(said: str, count: int) -> npt.NDArray[np.uint8]:
    """The same characters in each of so many rows."""
    return np.broadcast_to(np.frombuffer(said.encode(), dtype=np.uint8), (count, len(said)))


def text(characters: npt.NDArray[np.uint8]) -> Texts:
    """Rows of characters as texts."""
    width = characters.shape[1]
    return np.ascontiguousarray(characters).view(f"S{width}").ravel().astype(f"U{width}")
