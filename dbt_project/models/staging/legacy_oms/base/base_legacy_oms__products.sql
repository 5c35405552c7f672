{{ latest('legacy_oms', 'products') }}
