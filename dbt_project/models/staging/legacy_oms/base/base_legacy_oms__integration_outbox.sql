{{ latest('legacy_oms', 'integration_outbox') }}
