{{ observed('order_line') }}
