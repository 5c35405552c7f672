"""The pod's HTTP, put together: sign-in, resources, integrations, the SOAP service of accounts."""

from __future__ import annotations

from datetime import datetime

from aiohttp import web

from q2c_pipelines.platforms.emulation import Emulation, middleware
from q2c_pipelines.platforms.oracle_fusion.emulator import ledger, orders, parties, receipts, receivables
from q2c_pipelines.platforms.oracle_fusion.emulator.access import TOKEN_PATH, Gate
from q2c_pipelines.platforms.oracle_fusion.emulator.errors import refuse
from q2c_pipelines.platforms.oracle_fusion.emulator.jobs import Jobs
from q2c_pipelines.platforms.oracle_fusion.emulator.records import Records

FAULTS = ("job_failed", "job_cancelled", "job_late")
_CREATE = {
    "hubOrganizations": parties.create_organization,
    "Address": parties.create_address,
    "salesOrdersForOrderHub": orders.create_order,
    "receivablesInvoices": receivables.create_invoice,
    "standardReceipts": receipts.create_receipt,
    "remittanceReferences": receipts.create_reference,
}
_CHANGE = {
    "salesOrdersForOrderHub": orders.change_order,
    "receivablesInvoices": receivables.change_invoice,
    "journalBatches": ledger.change_batch,
}
_REMOVE = {"receivablesInvoices": receivables.remove_invoice, "standardReceipts": receipts.remove_receipt}


def application(emulation: Emulation) -> web.Application:
    """One pod."""
    gate, jobs = Gate(emulation), Jobs(emulation)
    records = Records(emulation, _CREATE, _CHANGE, _REMOVE)
    outside_in = [middleware(emulation, refuse), gate.middleware()]
    app = web.Application(middlewares=outside_in, client_max_size=32 * 2**20)
    account_service = web.post(parties.SOAP_PATH, parties.AccountService(emulation).call)
    app.add_routes([web.post(TOKEN_PATH, gate.token), account_service, *jobs.routes(), *records.routes()])
    return app


def tick(emulation: Emulation, before: datetime, after: datetime) -> None:
    """As time passes, scheduled processes come to their end, AutoMatch applies receipts and AutoReverse reverses journals."""
    Jobs(emulation).finish_all()
