{{ observed('product') }}
