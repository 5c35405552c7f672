{{ latest('stripe', 'invoiceitem') }}
