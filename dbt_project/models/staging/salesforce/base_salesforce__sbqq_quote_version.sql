{{ versions('salesforce', 'sbqq_quote') }}
