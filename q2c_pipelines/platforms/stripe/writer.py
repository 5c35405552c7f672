"""Writing to Stripe: canonical commands become customers, subscriptions and changes of records, each at most once.

command -> look -> POST under the command's own Idempotency-Key -> read back

Stripe has no unique external id: metadata name a record, and the key makes a repeat within a day return the first answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from q2c_pipelines.platforms import spec
from q2c_pipelines.platforms.commands import Command, CreateCustomer, CreateSubscription, UpdateField, UpdateStatus
from q2c_pipelines.platforms.flow import Flow
from q2c_pipelines.platforms.stripe.customers import create_customer
from q2c_pipelines.platforms.stripe.subscribing import create_subscription
from q2c_pipelines.platforms.stripe.updates import update_field, update_status


def handlers(settings: Mapping[str, str]) -> dict[type[Command], Callable[[Any], Flow]]:
    """Every command's flow; new subscriptions are billed as the connection's settings say."""
    return {
        CreateCustomer: create_customer,
        CreateSubscription: partial(create_subscription, spec.load("stripe").defaults | dict(settings)),
        UpdateField: update_field,
        UpdateStatus: update_status,
    }
