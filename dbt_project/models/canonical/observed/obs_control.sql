{{ observed('control') }}
