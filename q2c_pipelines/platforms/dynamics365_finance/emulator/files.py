"""The files that data management reads and writes: packages with a manifest, a header and one CSV, its columns in capitals."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping
from typing import Any

from q2c_pipelines.platforms.dynamics365_finance.emulator.entities import Entity
from q2c_pipelines.platforms.dynamics365_finance.emulator.errors import infolog
from q2c_pipelines.platforms.emulation import Row

_NAMESPACE = "http://schemas.microsoft.com/dynamics/2015/01/DataManagement"


def package(entity: Entity, project: str, rows: Iterable[Row]) -> bytes:
    """A zip with everything that an entity set holds."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("PackageHeader.xml", _xml("DataManagementPackageHeader", Description=project, PackageType="DefinitionGroup"))
        out.writestr("Manifest.xml", _xml("DataManagementPackageManifest", DefinitionGroupName=project, EntityName=entity.title))
        out.writestr(f"{entity.title.replace('/', ' ')}.csv", table(entity, rows))
    return packed.getvalue()


def table(entity: Entity, rows: Iterable[Row]) -> str:
    """The rows as CSV; the company is the file's, not a column of it."""
    names = _columns(entity)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(name.upper() for name in names)
    writer.writerows([_shown(entity, name, row) for name in names if name in row] for row in rows)
    return text.getvalue()


def unpacked(entity: Entity, content: bytes) -> list[Row]:
    """The rows of a package that was uploaded. Refuses one that is none, or holds another entity."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as files:
            if not {"Manifest.xml", "PackageHeader.xml"} <= set(files.namelist()):
                raise infolog("DMFDefinitionGroup", "Error: The package has no manifest or no header.")
            return parsed(entity, files.read(f"{entity.title}.csv").decode())
    except (zipfile.BadZipFile, KeyError) as error:
        raise infolog("DMFDefinitionGroup", f"Error: The package is not valid: {error}") from error


def parsed(entity: Entity, text: str) -> list[Row]:
    """The rows of a CSV file, every value as its field has it; what the entity does not have is left out."""
    names = {name.upper(): name for name in entity.kinds}
    return [_row(entity, names, row) for row in csv.DictReader(io.StringIO(text))]


def _row(entity: Entity, names: Mapping[str, str], said: Mapping[str, str]) -> Row:
    known = {names[column.upper()]: value for column, value in said.items() if column.upper() in names}
    return {name: _value(entity, name, value) for name, value in known.items()}


def error_keys(entity: Entity, refused: Iterable[Mapping[str, Any]]) -> str:
    """The keys of the rows that did not get in."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [name for name in entity.key if name != "dataAreaId"], extrasaction="ignore")
    writer.writeheader()
    writer.writerows(refused)
    return text.getvalue()


def _columns(entity: Entity) -> list[str]:
    return [name for name in entity.kinds if name != "dataAreaId"]


def _shown(entity: Entity, name: str, row: Row) -> Any:
    value: Any = entity.default(name) if row[name] is None else row[name]
    if entity.kinds[name] == "date":
        return f"{value[:10]} 00:00:00"
    return value.replace("T", " ").removesuffix("Z") if entity.kinds[name] == "time" else value


def _value(entity: Entity, name: str, said: str) -> Any:
    kind = entity.kinds[name]
    if not said:
        return entity.default(name)
    if kind in ("number", "whole"):
        return int(float(said)) if kind == "whole" else float(said)
    return f"{said[:10]}T12:00:00Z" if kind == "date" else said


def _xml(root: str, **values: str) -> str:
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in values.items())
    return f'<?xml version="1.0" encoding="utf-8"?><{root} xmlns="{_NAMESPACE}">{inner}</{root}>'
