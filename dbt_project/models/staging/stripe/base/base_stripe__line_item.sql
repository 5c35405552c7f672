{{ latest('stripe', 'line_item') }}
