{{ latest('dynamics365_finance', 'dimension_value') }}
