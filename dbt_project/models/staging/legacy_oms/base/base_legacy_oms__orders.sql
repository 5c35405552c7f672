{{ latest('legacy_oms', 'orders') }}
