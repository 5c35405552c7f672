{{ latest('legacy_oms', 'order_events') }}
