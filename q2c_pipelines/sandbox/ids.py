"""Ids shaped as the vendors shape them, made from a kind and a number: the same for ever, unique within and over the kinds.

(kind, number) -> mix -> Salesforce 18 | Zuora 32 hex | Stripe prefix_24.  Whole arrays at a time.
"""

from __future__ import annotations

from zlib import crc32

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]
Texts = npt.NDArray[np.str_]

_BASE62 = np.frombuffer(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", dtype=np.uint8)
_BASE32 = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345", dtype=np.uint8)
_HEX = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)


def salesforce(prefix: str, numbers: Numbers) -> Texts:
    """18-character ids of the object whose key prefix is given, with their case checksum."""
    head = np.broadcast_to(np.frombuffer(f"{prefix}5g0".encode(), dtype=np.uint8), (len(numbers), 6))
    return _text(_checked(np.hstack([head, _digits(numbers.astype(np.uint64), _BASE62, 9)])))


def salesforce_checksum(id15: str) -> str:
    """The three characters that make a 15-character id safe where case is lost."""
    return str(_text(_checked(np.frombuffer(id15.encode(), dtype=np.uint8).reshape(1, 15)))[0])[15:]


def zuora(kind: str, numbers: Numbers) -> Texts:
    """32 hexadecimal digits, beginning as Zuora's do."""
    first = mixed(kind, numbers)
    return _text(np.hstack([_constant("8a", first), _digits(_mix(~first), _HEX, 14), _digits(first, _HEX, 16)]))


def stripe(prefix: str, numbers: Numbers) -> Texts:
    """`prefix_` and 24 base-62 characters."""
    first = mixed(prefix, numbers)
    return _text(np.hstack([_constant(prefix + "_", first), _digits(_mix(~first), _BASE62, 12), _digits(first, _BASE62, 12)]))


def numbered(prefix: str, numbers: Numbers, width: int = 8) -> list[str]:
    """Document numbers: `SO00000042`."""
    return [f"{prefix}{number:0{width}d}" for number in numbers.tolist()]


def mixed(kind: str, numbers: Numbers) -> npt.NDArray[np.uint64]:
    """64 bits that look random; no two numbers below 2**40 of one kind share them."""
    return _mix(np.uint64((crc32(kind.encode()) & 0xFFFFFF) << 40) ^ numbers.astype(np.uint64))


def _mix(x: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """The finaliser of splitmix64, a bijection (Steele, Lea, Flood 2014)."""
    x = x + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def _digits(values: npt.NDArray[np.uint64], alphabet: npt.NDArray[np.uint8], width: int) -> npt.NDArray[np.uint8]:
    columns = []
    for _ in range(width):
        values, digit = np.divmod(values, np.uint64(len(alphabet)))
        columns.append(alphabet[digit.astype(np.intp)])
    return np.stack(columns[::-1], axis=1)


def _checked(id15: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Ids with their checksum: one character for five, a bit for each upper-case letter, the first one lowest."""
    upper = ((id15 >= ord("A")) & (id15 <= ord("Z"))).reshape(-1, 3, 5)
    return np.hstack([id15, _BASE32[(upper << np.arange(5)).sum(axis=2)]])


def _constant(text: str, like: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint8]:
    return np.broadcast_to(np.frombuffer(text.encode(), dtype=np.uint8), (len(like), len(text)))


def _text(characters: npt.NDArray[np.uint8]) -> Texts:
    width = characters.shape[1]
    return np.ascontiguousarray(characters).view(f"S{width}").ravel().astype(f"U{width}")
