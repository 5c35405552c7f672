"""What DocuSign tells of the rights to write: whether the user's permission profile lets it send."""

from __future__ import annotations

from collections.abc import Iterator

from q2c_pipelines.platforms.client import Client, Connection
from q2c_pipelines.platforms.spec import Platform


def missing(client: Client, platform: Platform, known: Connection) -> Iterator[tuple[str, list[str]]]:
    """By right: the setting that does not give it."""
    settings = client.get(f"/users/{known.credentials['user_id']}/settings").json()
    is_sender = str(settings.get("canSendEnvelope")).lower() == "true"
    sender = next(right for right in platform.to_write if "DocuSign Sender" in right)
    yield sender, [] if is_sender else ["canSendEnvelope is not set"]
