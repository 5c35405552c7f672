{{ observed('price') }}
