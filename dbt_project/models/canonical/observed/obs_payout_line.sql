{{ observed('payout_line') }}
