{{ latest('legacy_oms', 'shipments') }}
