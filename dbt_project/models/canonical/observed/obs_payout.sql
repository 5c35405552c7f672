{{ observed('payout') }}
