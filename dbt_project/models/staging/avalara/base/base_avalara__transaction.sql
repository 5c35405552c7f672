{{ latest('avalara', 'transaction') }}
