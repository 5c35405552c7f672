"""A partner who leaves files, well or badly: by the hand-over protocol, or with one of its known failures.

faults: growing (still under its temporary name), truncated (shorter than its manifest says), tampered (other content than its
manifest says), ragged (a line lost its last fields), other_encoding, wrong_total (its control totals are another file's),
manifest_alone (the file itself does not come).
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FAULTS = ("growing", "truncated", "tampered", "ragged", "other_encoding", "wrong_total", "manifest_alone")


def drop(
    folder: Path,
    name: str,
    text: str,
    fault: str = "",
    *,
    manifest: bool = True,
    encoding: str = "utf-8",
    sums: Mapping[str, str] | None = None,
    said: Mapping[str, Any] | None = None,
) -> Path:
    """Leave one file in the folder, its manifest last, and return its path. `sums` by column; `said`: more of the hand-over."""
    folder.mkdir(parents=True, exist_ok=True)
    body = text.encode(encoding)
    promised = _promised(name, text, body, fault) | ({"sums": dict(sums)} if sums else {})
    part, final = folder / f"{name}.part", folder / name
    if fault != "manifest_alone":
        part.write_bytes(_spoiled(text, body, fault))
    if fault == "growing":
        return part
    if part.exists():
        part.replace(final)
    if manifest:
        hand_over = {"feed": name.split("_")[0], "mode": "delta", **(said or {}), "files": [promised]}
        final.with_suffix(".manifest.json").write_text(json.dumps(hand_over))
    return final


def _promised(name: str, text: str, body: bytes, fault: str) -> dict[str, Any]:
    rows = sum(1 for row in csv.reader(text.splitlines(keepends=True)) if row) - 1 + (fault == "wrong_total")
    return {"name": name, "bytes": len(body), "sha256": hashlib.sha256(body).hexdigest(), "rows": rows}


def _spoiled(text: str, body: bytes, fault: str) -> bytes:
    if fault == "truncated":
        return body[: len(body) * 2 // 3]
    if fault == "tampered":
        return body[::-1]
    if fault == "ragged":
        return text.rstrip("\n").rpartition(",")[0].encode()
    return text.encode("utf-16") if fault == "other_encoding" else body
