{{ latest('salesforce', 'sbqq_subscription') }}
