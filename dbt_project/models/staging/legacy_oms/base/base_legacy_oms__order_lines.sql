{{ latest('legacy_oms', 'order_lines') }}
