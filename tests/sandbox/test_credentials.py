"""Credentials are made from the declaration: keys, secrets, names, and fixed shapes."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from q2c_pipelines.platforms import spec
from q2c_pipelines.sandbox.credentials import made_for


def test_a_private_key_is_an_rsa_key_and_names_are_readable() -> None:
    made = made_for(spec.load("netsuite"), {})
    key = serialization.load_pem_private_key(made["private_key"].encode(), None)
    assert isinstance(key, RSAPrivateKey)
    assert key.key_size == 2048
    assert made["client_id"] == "q2c-client_id"


def test_secrets_differ_every_time_and_templates_give_their_shape() -> None:
    one, other = (made_for(spec.load("zuora"), {"client_id": "oauth_{secret}", "site": "fixed"}) for _ in range(2))
    assert one["client_secret"] != other["client_secret"]
    assert one["client_id"] != other["client_id"]
    assert one["client_id"].startswith("oauth_")
    assert one["site"] == "fixed"


@pytest.mark.parametrize("platform", spec.names())
def test_only_what_is_needed_is_made(platform: str) -> None:
    declared = spec.load(platform)
    made = made_for(declared, {})
    assert declared.missing(made) == []
    assert all(declared.missing({name: value for name, value in made.items() if name != left_out}) for left_out in made)
