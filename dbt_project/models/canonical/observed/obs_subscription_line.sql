{{ observed('subscription_line') }}
