"""Credentials that nobody but the sandbox accepts, made from what each `platform.yaml` declares."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from q2c_pipelines.platforms.spec import Platform


def made_for(platform: Platform, fixed: Mapping[str, str]) -> dict[str, str]:
    """One value for each credential of the first way of logging in; `fixed` are the emulator's templates, of a fixed shape."""
    needed = [name for name in platform.ways_in[0] if name not in fixed]
    made = {name: _made(name, platform.credentials[name].secret) for name in needed}
    return made | {name: template.replace("{secret}", secrets.token_hex(16)) for name, template in fixed.items()}


def _made(name: str, is_secret: bool) -> str:
    if name.endswith("private_key"):
        return _rsa_key()
    return secrets.token_hex(16) if is_secret else f"q2c-{name}"


def _rsa_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()
