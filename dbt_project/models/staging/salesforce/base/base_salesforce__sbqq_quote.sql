{{ latest('salesforce', 'sbqq_quote') }}
