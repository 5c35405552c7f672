{{ latest('legacy_oms', 'price_lists') }}
