{{ observed('subscription') }}
