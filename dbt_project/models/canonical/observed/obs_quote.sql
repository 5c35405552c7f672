{{ observed('quote') }}
