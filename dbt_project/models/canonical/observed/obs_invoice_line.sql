{{ observed('invoice_line') }}
