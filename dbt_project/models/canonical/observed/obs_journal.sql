{{ observed('journal') }}
