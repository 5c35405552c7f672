{{ observed('payment_allocation') }}
