"""Cancelling a billing document: nothing is deleted, a document of type S1 mirrors it and accounting reverses its posting.

90000000 (F2) -> cancelled by 9900000001 (S1) -> accounting document mirrored and both cleared
"""

from __future__ import annotations

from datetime import datetime

from q2c_pipelines.platforms.emulation import Row, State
from q2c_pipelines.platforms.sap_s4hana.emulator import ledger

FIRST_CANCELLATION = 9900000001


def cancel(state: State, document: Row, now: datetime) -> Row:
    """The cancelling document, after both it and the cancelled one are as the system leaves them."""
    number, today = str(state.next("billing", FIRST_CANCELLATION)), now.date().isoformat()
    own = {"BillingDocument": number, "BillingDocumentType": "S1", "CancelledBillingDocument": document["BillingDocument"]}
    dates = {"CreationDate": today, "CreationTime": f"{now:%H:%M:%S}", "BillingDocumentDate": today}
    never = {"LastChangeDate": None, "LastChangeDateTime": None}
    posted = ledger.items_of(state, document["CompanyCode"], document["AccountingDocument"] or "", document["FiscalYear"] or "")
    booked = ledger.reverse(state, posted, today, now) if posted else {}
    accounting = {"AccountingDocument": booked.get("AccountingDocument"), "FiscalYear": booked.get("FiscalYear")}
    made = state.insert("A_BillingDocument", {**document, **own, **dates, **never, **accounting}, now)
    for item in state.select('select * from "A_BillingDocumentItem" where BillingDocument = ?', (document["BillingDocument"],)):
        copied = {"BillingDocument": number, "_key": f"{number}/{item['BillingDocumentItem']}"}
        state.insert("A_BillingDocumentItem", {**item, **copied}, now)
    state.update("A_BillingDocument", document["BillingDocument"], {"BillingDocumentIsCancelled": 1}, now)
    return made
