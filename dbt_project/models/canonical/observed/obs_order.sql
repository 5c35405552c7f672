{{ observed('order') }}
