{{ latest('stripe', 'line_item_tax') }}
