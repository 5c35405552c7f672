{{ observed('payment') }}
