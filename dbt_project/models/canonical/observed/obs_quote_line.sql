{{ observed('quote_line') }}
