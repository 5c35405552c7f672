{{ observed('refund') }}
