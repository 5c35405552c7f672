{{ latest('stripe', 'invoice_payment') }}
