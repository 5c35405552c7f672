{{ latest('salesforce', 'sbqq_quote_line') }}
