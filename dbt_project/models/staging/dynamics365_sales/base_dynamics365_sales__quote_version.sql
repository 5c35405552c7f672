{{ versions('dynamics365_sales', 'quote') }}
