"""Writing a file so that whoever reads it finds it whole: as it was, or as it is to be."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path


def write(file: Path, content: bytes, prefix: str = ".q2c-") -> None:
    """The content is on the disk before it has the file's name; `prefix` begins the name of what is unfinished.

    Raises OSError, naming the file, and leaves what is there.
    """
    mode = stat.S_IMODE(file.stat().st_mode) if file.exists() else 0o644
    unfinished = Path()
    try:
        handle, name = tempfile.mkstemp(prefix=prefix, dir=file.parent)
        unfinished = Path(name)
        with os.fdopen(handle, "wb") as sink:
            sink.write(content)
            sink.flush()
            os.fsync(sink.fileno())
        unfinished.chmod(mode)
        unfinished.replace(file)
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(file)) from error
    finally:
        if unfinished.name:
            unfinished.unlink(missing_ok=True)
