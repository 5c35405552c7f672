"""What the general ledger holds of the simulated company: the journals that no document posts by itself, a batch for each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl

from q2c_pipelines.platforms.oracle_fusion.emulator import chart
from q2c_pipelines.platforms.oracle_fusion.ids import journal_number, key

_NUMBER = journal_number(pl.col("deal_no"), pl.col("kind"), pl.col("sequence"))
_BATCH, _JOURNAL = key("batch", _NUMBER), key("journal", _NUMBER)
_WHO = {"CreationDate": pl.col("posted_at"), "LastUpdateDate": pl.col("posted_at")}
_TOTALS = {"RunningTotalDr": pl.col("amount"), "RunningTotalCr": pl.col("amount")}
_PERIOD = pl.col("posted_on").dt.strftime("%b-%y")


def frames(world: Any, at: datetime) -> dict[str, pl.DataFrame]:
    """Journals posted by then, as Journal Import names them."""
    posted = world.postings.filter(pl.col("posted_at") <= at).with_columns(currency=pl.lit(world.chain.currency))
    return {"journalBatches": _batches(posted), "journalHeaders": _headers(posted), "journalLines": _lines(posted)}


def _batches(posted: pl.DataFrame) -> pl.DataFrame:
    return posted.select(
        JeBatchId=_BATCH,
        BatchName=pl.format("{} {} {}: A {}", "journal_ref", pl.lit(chart.JOURNAL_SOURCE), _NUMBER, _NUMBER),
        DefaultPeriodName=_PERIOD,
        Status=pl.lit("P"),
        StatusMeaning=pl.lit("Posted"),
        CompletionStatusMeaning=pl.lit("Complete"),
        UserJeSourceName=pl.lit(chart.JOURNAL_SOURCE),
        ChartOfAccountsName=pl.lit(chart.CHART),
        ActualFlagMeaning=pl.lit("Actual"),
        PostedDate=pl.col("posted_at").dt.date(),
        **_TOTALS,
        **_WHO,
    )


def _headers(posted: pl.DataFrame) -> pl.DataFrame:
    return posted.select(
        JeHeaderId=_JOURNAL,
        JournalName=pl.format("Q2C {} {} {}", _NUMBER, pl.lit(chart.JOURNAL_CATEGORY), "currency"),
        JournalDescription="memo",
        LedgerName=pl.lit(chart.LEDGER),
        LedgerCurrencyCode="currency",
        CurrencyCode="currency",
        PeriodName=_PERIOD,
        DefaultEffectiveDate="posted_on",
        UserJeCategoryName=pl.lit(chart.JOURNAL_CATEGORY),
        LegalEntityName=pl.lit(chart.ENTITY),
        ExternalReference="journal_ref",
        AccrualReversalStatus=pl.lit("Not reversed"),
        _parent=_BATCH,
        **_TOTALS,
        **_WHO,
    )


def _lines(posted: pl.DataFrame) -> pl.DataFrame:
    nothing = pl.lit(None, pl.Decimal(18, 2))
    sides = [
        _side(posted, 1, "debit_account", EnteredDr=pl.col("amount"), EnteredCr=nothing),
        _side(posted, 2, "credit_account", EnteredDr=nothing, EnteredCr=pl.col("amount")),
    ]
    return pl.concat(sides).with_columns(AccountedDr="EnteredDr", AccountedCr="EnteredCr")


def _side(posted: pl.DataFrame, number: int, account: str, **amounts: pl.Expr) -> pl.DataFrame:
    before, after = chart.COMBINATION.split("{account}")
    return posted.select(
        JeLineKey=key("journal", _NUMBER) * 4 + number,
        JeLineNumber=pl.lit(number),
        AccountCombination=pl.concat_str(pl.lit(before), pl.col(account).cast(pl.String), pl.lit(after)),
        CurrencyCode="currency",
        Description="memo",
        ChartOfAccountsName=pl.lit(chart.CHART),
        _parent=_JOURNAL,
        **amounts,
        **_WHO,
    )
