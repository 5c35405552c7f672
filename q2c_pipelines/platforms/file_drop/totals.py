"""What a hand-over promises of a file, and whether the file keeps it, before any of its lines counts.

manifest, trailer -> Promise -> held against bytes and lines. Totals that are not promised are not asked for.
"""

from __future__ import annotations

import hashlib
from decimal import Decimal, InvalidOperation

from pydantic import BaseModel, ConfigDict, ValidationError

from q2c_pipelines.platforms.file_drop.errors import Unusable
from q2c_pipelines.platforms.file_drop.records import File, Line, plain


class Promise(BaseModel):
    """What is said of one file: its content, its records after the header, sums by field, and both balances of an account."""

    name: str
    bytes: int
    sha256: str
    rows: int | None = None
    sums: dict[str, Decimal] = {}
    opening_balance: Decimal | None = None
    closing_balance: Decimal | None = None


class _Control(BaseModel):
    amount_sum: Decimal | None = None
    currency: str = ""


class Manifest(BaseModel):
    """A manifest; what else it may say is not needed. `control` is for the one file of it, as older partners write it."""

    model_config = ConfigDict(extra="ignore")

    files: list[Promise]
    sequence: int | None = None
    revision: int = 0
    control: _Control = _Control()


def manifest_of(name: str, body: bytes) -> Manifest:
    """The manifest that these bytes are. Raises Unusable."""
    try:
        said = Manifest.model_validate_json(body)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, each['loc']))} {each['msg']}".strip() for each in error.errors())
        raise Unusable(f"its manifest {name} cannot be used: {wrong}") from error
    if said.control.amount_sum is not None and len(said.files) > 1:
        raise Unusable(f"its manifest {name} cannot be used: one control total for several files; each of them needs its `sums`")
    return said


def require_content(promise: Promise, body: bytes) -> None:
    """Nothing where the bytes are the promised ones. Raises Unusable."""
    size, name = len(body), promise.name
    if promise.bytes != size:
        raise Unusable(f"the file {name} has {size} bytes, its manifest promises {promise.bytes}: it was cut short or replaced")
    if promise.sha256.lower() != hashlib.sha256(body).hexdigest():
        raise Unusable(f"the content of the file {name} is not what its manifest promises (sha256)")


def promised(file: File, manifest: Manifest | None, promise: Promise | None) -> Promise:
    """All that is promised of a file: by its manifest, and by its trailer. Raises Unusable for a trailer that promises nothing."""
    said = promise or Promise(name=file.name, bytes=0, sha256="")
    amount = file.layout.amount
    if manifest and manifest.control.amount_sum is not None:
        if not amount:
            raise Unusable(f"the manifest of {file.name} has a control total, and options.amount does not say of which column")
        said = said.model_copy(update={"sums": {amount: manifest.control.amount_sum} | said.sums})
    return _with_trailer(file, said) if file.trailer is not None else said


def _with_trailer(file: File, said: Promise) -> Promise:
    _, *cells = map(str, file.trailer or [""])
    try:
        rows = int(float(cells[0]))
        sums = {file.layout.amount: Decimal(plain(file.layout, cells[1]) or cells[1])} if file.layout.amount else {}
    except (IndexError, ValueError, InvalidOperation) as error:
        wanted = "the number of lines" + (f" and the sum of {file.layout.amount}" if file.layout.amount else "")
        raise Unusable(f"the trailer of the file {file.name} does not give {wanted}") from error
    if said.rows not in (None, rows):
        raise Unusable(f"the file {file.name}: its manifest promises {said.rows} lines, its trailer {rows}")
    return said.model_copy(update={"rows": rows, "sums": said.sums | sums})


def require_totals(file: File, said: Promise) -> None:
    """Nothing where the lines come to what is promised. Raises Unusable naming the total that differs."""
    fields = [*said.sums, *([file.layout.amount] if said.closing_balance is not None else [])]
    count, sums = _tally(file, fields)
    if said.rows not in (None, count):
        raise Unusable(f"the file {file.name} has {count} lines, its hand-over promises {said.rows}")
    for field, total in said.sums.items():
        if sums[field] != total:
            raise Unusable(f"{field} of the file {file.name} comes to {sums[field]}, its hand-over promises {total}")
    if said.opening_balance is not None and said.closing_balance is not None:
        _require_balance(file, said.opening_balance, said.closing_balance, sums[file.layout.amount])


def _require_balance(file: File, opening: Decimal, closing: Decimal, moved: Decimal) -> None:
    if opening + moved != closing:
        raise Unusable(f"the file {file.name}: opening balance {opening} and movements of {moved} do not make {closing}")


def _tally(file: File, fields: list[str]) -> tuple[int, dict[str, Decimal]]:
    if unknown := [field for field in fields if field not in file.header]:
        raise Unusable(f"the hand-over of {file.name} has a total of {', '.join(unknown) or 'no column'}, which the file has not")
    count, sums = 0, dict.fromkeys(fields, Decimal(0))
    for line in file.lines():
        count += 1
        if isinstance(line, Line):
            sums = {field: so_far + _amount(line.values[field]) for field, so_far in sums.items()}
    return count, sums


def _amount(value: str | None) -> Decimal:
    """A value as it counts in a total; what is no number counts nothing, and the total tells."""
    try:
        amount = Decimal(value or 0)
    except InvalidOperation:
        return Decimal(0)
    return amount if amount.is_finite() else Decimal(0)
