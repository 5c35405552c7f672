"""The dbt side of every platform's declaration: sources, base models and the list of what is staged, written from `platform.yaml`.

platforms/<name>/platform.yaml -> models/staging/<name>/: _<name>__sources.yml, base/base_<name>__<table>.{sql,yml}
models/staging/*/stg_* -> macros/staged_platforms.sql, macros/record_keys.sql: in which table a record lies, by what key
platforms/*/platform.yaml -> macros/written_platforms.sql: what each can be told

`python -m q2c_pipelines.lake.dbt_sources` writes them, `--check` fails where one of them is not what would be written.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from q2c_pipelines.lake import record_keys
from q2c_pipelines.lake.contract import DELETED, READ_AT
from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.spec import Platform, Table, lake_name

DBT_PROJECT = Path(__file__).parents[2] / "dbt_project"
_TYPES = {"bool": "boolean", "int": "bigint"}
_HEADER = "# Written by `python -m q2c_pipelines.lake.dbt_sources` from platform.yaml; change that instead.\n"
_SOURCE_COLUMNS = {
    DELETED: ("boolean", "The row says that the record is gone; only its key is sure to be filled."),
    READ_AT: ("timestamp", "The platform's clock when the read that brought the row began."),
}
_BASE_COLUMNS = {
    DELETED: ("boolean", "The record is gone from the platform; the other columns hold what was last seen of it."),
    READ_AT: ("timestamp", "The platform's clock at the newest read that brought a version of the record."),
    "q2c_load_id": ("string", "The load that brought these values."),
    "q2c_version_at": (
        "timestamp",
        "When these values came to be, by the cursor or else the read; null if only a deletion was seen.",
    ),
    "q2c_deleted_at": ("timestamp", "The newest deletion seen of the record; null where there was none."),
}


class _Dumper(yaml.SafeDumper):
    """Lists indented below their key, as the linter wants them."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def files(platforms: list[Platform], project: Path) -> dict[Path, str]:
    """Every generated file of the dbt project and its content."""
    macros = project / "macros"
    wanted = {
        macros / "staged_platforms.sql": _staged(project),
        macros / "record_keys.sql": _keyed(platforms, project),
        macros / "written_platforms.sql": _written(platforms),
    }
    for platform in platforms:
        wanted |= staging(platform, project / "models" / "staging" / platform.name)
    return wanted


def staging(platform: Platform, folder: Path) -> dict[Path, str]:
    """The generated files of one platform's staging folder and their content."""
    wanted = {folder / f"_{platform.name}__sources.yml": _yaml({"version": 2, "sources": [_source(platform)]})}
    for table in platform.tables.values():
        base = folder / "base" / f"base_{platform.name}__{table.name}"
        wanted[base.with_suffix(".sql")] = f"{{{{ latest('{platform.name}', '{table.name}') }}}}\n"
        wanted[base.with_suffix(".yml")] = _yaml({"version": 2, "models": [_base(platform, table)]})
    return wanted


def stale(wanted: dict[Path, str], project: Path) -> list[Path]:
    """Files that are missing, differ, or are no longer declared."""
    changed = [path for path, text in wanted.items() if not path.exists() or path.read_text() != text]
    return sorted(changed + list(_left_over(wanted, project)))


def write(wanted: dict[Path, str], project: Path) -> None:
    """Bring the generated files up to date; base models of tables that are no longer declared go."""
    for path in _left_over(wanted, project):
        path.unlink()
    for path in stale(wanted, project):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted[path])


def _left_over(wanted: dict[Path, str], project: Path) -> Iterator[Path]:
    return (path for path in project.glob("models/staging/*/base/base_*") if path not in wanted)


def _source(platform: Platform) -> dict[str, Any]:
    tables = [
        {
            "name": table.name,
            "description": table.doc,
            "config": {"meta": {"dagster": {"asset_key": [platform.name, table.name]}}},
            "columns": [*_columns(table), *_described(_SOURCE_COLUMNS)],
        }
        for table in platform.tables.values()
    ]
    return {
        "name": platform.name,
        "schema": platform.name,
        "description": f"{platform.title}, as read into the lake.",
        "config": {"enabled": _enabled(platform), "meta": {"role": platform.role}},
        "tables": tables,
    }


def _base(platform: Platform, table: Table) -> dict[str, Any]:
    return {
        "name": f"base_{platform.name}__{table.name}",
        "description": f"The latest version of every record of {platform.title} {table.object}: {table.doc}",
        "config": {
            "unique_key": [lake_name(name) for name in table.key],
            "meta": {"cursor": lake_name(table.cursor) if table.cursor else None},
        },
        "columns": [*_columns(table), *_described(_BASE_COLUMNS)],
    }


def _enabled(platform: Platform) -> str:
    return f"{{{{ '{platform.name}' in var('enabled_platforms') }}}}"


def _columns(table: Table) -> list[dict[str, str]]:
    return [
        {"name": lake_name(name), "description": column.doc, "data_type": _TYPES.get(column.type, column.type)}
        for name, column in table.columns.items()
    ]


def _described(columns: dict[str, tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "description": says, "data_type": kind} for name, (kind, says) in columns.items()]


def _staged(project: Path) -> str:
    found: dict[str, list[str]] = {}
    for path in sorted(project.glob("models/staging/*/stg_*.sql")):
        entity = path.stem.removeprefix(f"stg_{path.parent.name}__")
        found.setdefault(entity, []).append(path.parent.name)
    rows = "".join(f"        '{entity}': {platforms},\n" for entity, platforms in sorted(found.items()))
    return (
        "{#- Which platforms stage which entity. Written by `python -m q2c_pipelines.lake.dbt_sources` from models/staging. -#}\n"
        f"{{% macro staged_platforms() %}}\n    {{{{ return({{\n{rows}    }}) }}}}\n{{% endmacro %}}\n"
    )


def _keyed(platforms: list[Platform], project: Path) -> str:
    models = [(each, path) for each in platforms for path in sorted(project.glob(f"models/staging/{each.name}/stg_*.sql"))]
    rows = "".join(
        f"        ('{platform.name}', '{path.stem.removeprefix(f'stg_{platform.name}__')}', '{key.table}', {key.native_id!r}),\n"
        for platform, path in models
        for key in record_keys.of(platform, path)
    )
    return (
        "{#- In which table of the lake a platform's records of an entity lie, and what their native id is there. Written by\n"
        "    `python -m q2c_pipelines.lake.dbt_sources` from models/staging. -#}\n"
        f"{{% macro record_keys() %}}\n    {{{{ return([\n{rows}    ]) }}}}\n{{% endmacro %}}\n"
    )


def _written(platforms: list[Platform]) -> str:
    rows = "".join(f"        '{name}': {kinds},\n" for name, kinds in sorted(_obeyed(platforms).items()))
    return (
        "{#- What each platform can be told: commands, and `entity.attribute` for what UpdateField sets. Written by\n"
        "    `python -m q2c_pipelines.lake.dbt_sources` from platform.yaml. -#}\n"
        f"{{% macro written_platforms() %}}\n    {{{{ return({{\n{rows}    }}) }}}}\n{{% endmacro %}}\n"
    )


def _obeyed(platforms: list[Platform]) -> dict[str, list[str]]:
    """By command or attribute, the platforms."""
    found: dict[str, list[str]] = {}
    for platform in platforms:
        attributes = (f"{entity}.{attribute}" for entity, named in platform.updates.items() for attribute in named)
        for told in (*platform.commands, *attributes):
            found.setdefault(told, []).append(platform.name)
    return found


def _yaml(content: dict[str, Any]) -> str:
    return _HEADER + yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=132)


def main(arguments: list[str]) -> int:
    """Write the files, or with `--check` say which are not up to date."""
    wanted = files([spec.load(name) for name in spec.names()], DBT_PROJECT)
    if "--check" not in arguments:
        write(wanted, DBT_PROJECT)
        return 0
    out_of_date = stale(wanted, DBT_PROJECT)
    for path in out_of_date:
        sys.stderr.write(f"{path.relative_to(DBT_PROJECT.parent)} is not what its declaration gives\n")
    if out_of_date:
        sys.stderr.write("run `python -m q2c_pipelines.lake.dbt_sources`\n")
    return 1 if out_of_date else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
