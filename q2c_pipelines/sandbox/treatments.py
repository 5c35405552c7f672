"""Customers whom the company does not charge its tax: some are of other countries, some are exempt at home.

customers, random draws of their own -> customers with `tax_treatment` and `tax_percent`; all others stay as they are
"""

from __future__ import annotations

import numpy as np
import polars as pl

from q2c_pipelines.sandbox.chains import Chain
from q2c_pipelines.sandbox.companies import addressed

DOMESTIC = "domestic"
_SHARE = 0.05  # of customers, for each of these
_UNTAXED: dict[str, tuple[tuple[str, str | None], ...]] = {  # by the company's country: how, and the customer's if it is another
    "DE": (("reverse_charge", "FR"), ("export", "US"), ("exempt", None)),
    "GB": (("export", "FR"), ("export", "US")),
}


def treated(customers: pl.DataFrame, chain: Chain, rng: np.random.Generator) -> pl.DataFrame:
    """The customers, each with how its sales are taxed and at how many per cent."""
    place, numbers = rng.random(customers.height), customers["customer_no"].to_numpy()
    known = customers.with_columns(tax_treatment=pl.lit(DOMESTIC), tax_percent=pl.lit(chain.tax_percent, pl.Int64))
    for nth, (treatment, country) in enumerate(_UNTAXED.get(chain.country, ())):
        own: dict[str, pl.Series | pl.Expr] = {**(addressed(country, numbers, rng) if country else {})}
        own |= {"tax_treatment": pl.lit(treatment), "tax_percent": pl.lit(0, pl.Int64)}
        is_chosen = pl.lit(pl.Series((nth * _SHARE <= place) & (place < (nth + 1) * _SHARE)))
        known = known.with_columns(pl.when(is_chosen).then(value).otherwise(name).alias(name) for name, value in own.items())
    return known
