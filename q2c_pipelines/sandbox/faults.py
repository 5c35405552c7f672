"""A platform that misbehaves from now on, as it was asked to: by the control API, or by a counterexample.

what is asked -> Fault, held against what the platform can do wrong -> its emulation
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from pydantic import TypeAdapter

from q2c_pipelines.platforms.emulation import Fault
from q2c_pipelines.sandbox.company import Company
from q2c_pipelines.sandbox.errors import SandboxError
from q2c_pipelines.sandbox.remote import FAULTS


def checked(company: Company, platform: str, asked: Mapping[str, Any]) -> Fault:
    """The fault, if the platform has it. Raises SandboxError, and ValidationError where a value is none of a fault."""
    company.emulation(platform)
    allowed = {field.name for field in fields(Fault)}
    if unknown := sorted(set(asked) - allowed):
        raise SandboxError(f"a fault has no {', '.join(unknown)}; it has {', '.join(sorted(allowed))}")
    fault = TypeAdapter(Fault).validate_json(json.dumps(asked), strict=True)
    emulator = company.emulators[platform]
    if fault.kind not in (known := emulator.faults if emulator.strike else (*FAULTS, *emulator.faults)):
        raise SandboxError(f"{platform} has no fault {fault.kind!r}; there are {', '.join(known)}")
    if fault.kind == "schema_change" and not (fault.table and fault.column and fault.change):
        raise SandboxError("a schema_change needs a table, a column and a change (drop, retype or add)")
    if fault.kind == "permission" and fault.right not in emulator.rights:
        raise SandboxError(
            f"{platform} has no right {fault.right!r} to take away; there are {'; '.join(emulator.rights) or 'none'}"
        )
    return fault


def strike(company: Company, platform: str, asked: Mapping[str, Any]) -> Fault:
    """From now on the platform misbehaves so. Raises as `checked` does."""
    fault, emulator = checked(company, platform, asked), company.emulators[platform]
    if emulator.strike:
        emulator.strike(company.emulation(platform), fault)
    else:
        company.emulation(platform).faults.append(fault)
    return fault
