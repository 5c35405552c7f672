"""What lies in the folder, held against the hand-over: a file of this folder, and of the content that its manifest promises.

path -> bytes, or Unusable with the reason. What a file says is read in `source.py`.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

from fsspec import AbstractFileSystem
from fsspec.implementations.local import LocalFileSystem
from pydantic import BaseModel, ValidationError

from q2c_pipelines.platforms.errors import Transient


class Unusable(Exception):
    """A file that cannot be taken; says why."""


class _Promise(BaseModel):
    name: str
    bytes: int
    sha256: str


class _Manifest(BaseModel):
    files: list[_Promise]


def body_of(files: AbstractFileSystem, root: str, path: str) -> bytes:
    """The bytes of a file that lies in the folder. Raises Unusable for what is no such file, without opening it."""
    name = path.rpartition("/")[2]
    try:
        if isinstance(files, LocalFileSystem) and not _leads_inside(root, path):
            raise Unusable(f"{name} is a link to something outside the folder: leave the file itself")
        if (kind := files.info(path)["type"]) != "file":
            raise Unusable(f"{name} is no file but {'a directory' if kind == 'directory' else 'a pipe, a device or the like'}")
        return bytes(files.cat_file(path))
    except PermissionError as error:
        raise Unusable(f"the file {name} may not be read: give the user of q2c the right to") from error
    except OSError as error:
        if isinstance(error, FileNotFoundError) or error.errno == errno.ELOOP:
            raise Unusable(f"{name} is a link to nothing: leave the file itself") from error
        raise Transient(f"the file {path} could not be read ({error}): the next read begins with it again") from error


def _leads_inside(root: str, path: str) -> bool:
    return Path(os.path.realpath(path, strict=True)).is_relative_to(Path(root).resolve())


def require_promised(files: AbstractFileSystem, root: str, path: str, size: int, sha256: str) -> None:
    """Nothing where there is no manifest beside the file, or it promises what is there. Raises Unusable."""
    manifest, name = f"{path.rpartition('.')[0]}.manifest.json", path.rpartition("/")[2]
    if not files.lexists(manifest):
        return
    promised = next((each for each in _read(files, root, manifest).files if each.name == name), None)
    if promised is None:
        raise Unusable(f"the file {name} is not named in its manifest")
    if promised.bytes != size:
        raise Unusable(f"the file {name} has {size} bytes, its manifest promises {promised.bytes}: it was cut short or replaced")
    if promised.sha256 != sha256:
        raise Unusable(f"the content of the file {name} is not what its manifest promises (sha256)")


def _read(files: AbstractFileSystem, root: str, manifest: str) -> _Manifest:
    try:
        return _Manifest.model_validate_json(body_of(files, root, manifest))
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, each['loc']))} {each['msg']}".strip() for each in error.errors())
        raise Unusable(f"its manifest {manifest.rpartition('/')[2]} cannot be used: {wrong}") from error
