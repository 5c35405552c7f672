{{ observed('customer') }}
