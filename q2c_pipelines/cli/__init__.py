"""`q2c …`: what an engineer or an operator does from the command line; thin calls into the packages beside this one.

Exit codes: 0 done; 1 something failed; 2 wrong usage; 3 a gate is closed; 4 a platform could not be read; 5 nothing was found.
"""

from __future__ import annotations

import signal
import sys

import duckdb
import typer
from sqlalchemy.exc import DBAPIError

from q2c_pipelines.actions.rows import PlanUnreadable
from q2c_pipelines.cli import (
    cases,
    demo,
    dev,
    events,
    explain,
    flow,
    identity,
    matching,
    operations,
    reconciliation,
    sandbox,
    score,
)
from q2c_pipelines.cli.show import fail
from q2c_pipelines.lake.loading import IngestFailed
from q2c_pipelines.lake.storage import UnreadableLake
from q2c_pipelines.mismatches.cases import FindingsUnreadable
from q2c_pipelines.mismatches.decisions import NoSuchCase
from q2c_pipelines.outbox.audit import AuditBroken
from q2c_pipelines.platforms.errors import PlatformError
from q2c_pipelines.publish.snapshot import PublicationRefused
from q2c_pipelines.quality.verdicts import GateClosed
from q2c_pipelines.sandbox.errors import SandboxError
from q2c_pipelines.warehouse import AlreadyRunning, BuildFailed

EXPECTED = (
    AlreadyRunning,
    AuditBroken,
    BuildFailed,
    FindingsUnreadable,
    IngestFailed,
    NoSuchCase,
    PlanUnreadable,
    PlatformError,
    PublicationRefused,
    SandboxError,
    UnreadableLake,
    duckdb.Error,
    OSError,
    ValueError,  # what is configured or asked for wrong
)

app = typer.Typer(
    name="q2c",
    help="Keeps quote-to-cash consistent: reads every platform, lists what does not agree, writes back, proves it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
for part in (flow, reconciliation, explain, events, cases, operations, matching, demo, score, dev):
    part.add_to(app)
app.add_typer(identity.app, name="identity", help="Whose customer an account is, why, and what would move if it were not.")
app.add_typer(sandbox.app, name="sandbox", help="The simulated company: every platform over real HTTP, on loopback.")


def main() -> None:
    """The `q2c` command. What can be expected to go wrong is told in one message, without a traceback.

    Asked to end, it ends what it started.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    _require_text(sys.argv)
    try:
        app()
    except GateClosed as error:
        fail(str(error), 3)
    except DBAPIError as error:
        remedy = "; where its disk is full, free some of it and run again" if "disk" in str(error.orig) else ""
        fail(f"the operations store cannot be used (Q2C_OPERATIONS): {error.orig}{remedy}", 1)
    except EXPECTED as error:
        fail(str(error), 1)
    except KeyboardInterrupt:
        sys.exit(130)


def _require_text(arguments: list[str]) -> None:
    """Leave with code 2 where an argument holds bytes that are no text: nothing that is kept could be found by it."""
    for each in arguments:
        try:
            each.encode()
        except UnicodeEncodeError:
            fail(f"{each!a} is no text in UTF-8", 2)
