{{ latest('hubspot', 'line_item') }}
