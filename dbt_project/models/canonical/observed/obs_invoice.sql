{{ observed('invoice') }}
