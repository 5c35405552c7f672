"""A partner who leaves files, well or badly: by the hand-over protocol, or with one of its known failures.

faults: growing (still under its temporary name), truncated (shorter than its manifest says), tampered (other content than its
manifest says), ragged (a line lost its last fields), other_encoding.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

FAULTS = ("growing", "truncated", "tampered", "ragged", "other_encoding")


def drop(folder: Path, name: str, text: str, fault: str = "", *, manifest: bool = True) -> Path:
    """Leave one file in the folder, its manifest last, and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    body = text.encode()
    promised = {"name": name, "bytes": len(body), "sha256": hashlib.sha256(body).hexdigest(), "rows": text.count("\n") - 1}
    part, final = folder / f"{name}.part", folder / name
    part.write_bytes(_spoiled(text, fault))
    if fault == "growing":
        return part
    part.replace(final)
    if manifest:
        final.with_suffix(".manifest.json").write_text(
            json.dumps({"feed": name.split("_")[0], "mode": "delta", "files": [promised]})
        )
    return final


def _spoiled(text: str, fault: str) -> bytes:
    if fault == "truncated":
        return text.encode()[: len(text) * 2 // 3]
    if fault == "tampered":
        return text.encode()[::-1]
    if fault == "ragged":
        return text.rstrip("\n").rpartition(",")[0].encode()
    return text.encode("utf-16") if fault == "other_encoding" else text.encode()
