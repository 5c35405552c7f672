"""Money in whole cents while it is computed, exact decimals in the frames."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

_CENT = pl.lit(Decimal("0.01"))


def divided(dividend: npt.NDArray[np.int64], divisor: int) -> npt.NDArray[np.int64]:
    """The quotient rounded half to even; nothing negative."""
    quotient, rest = np.divmod(dividend, divisor)
    up = (2 * rest > divisor) | ((2 * rest == divisor) & (quotient % 2 == 1))
    return np.asarray(quotient + up, dtype=np.int64)


def in_cents(*columns: str) -> list[pl.Expr]:
    """Columns of cents as `Decimal(18,2)`."""
    return [(pl.col(name).cast(pl.Decimal(18, 0)) * _CENT).cast(pl.Decimal(18, 2)) for name in columns]


def processor_fee(cents: Any) -> npt.NDArray[np.int64]:
    """2.9 % and 30 cents of each payment."""
    return divided(np.asarray(cents, dtype=np.int64) * 29, 1000) + 30
