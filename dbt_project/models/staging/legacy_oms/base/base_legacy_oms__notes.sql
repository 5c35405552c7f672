{{ latest('legacy_oms', 'notes') }}
