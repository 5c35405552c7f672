{{ latest('stripe', 'subscription_item') }}
