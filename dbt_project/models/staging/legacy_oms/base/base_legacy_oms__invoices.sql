{{ latest('legacy_oms', 'invoices') }}
