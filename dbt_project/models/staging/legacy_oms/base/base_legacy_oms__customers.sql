{{ latest('legacy_oms', 'customers') }}
