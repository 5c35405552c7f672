{{ latest('stripe', 'tax_rate') }}
