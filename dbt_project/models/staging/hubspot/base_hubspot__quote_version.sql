{{ versions('hubspot', 'quote') }}
