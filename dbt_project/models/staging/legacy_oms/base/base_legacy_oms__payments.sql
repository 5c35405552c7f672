{{ latest('legacy_oms', 'payments') }}
