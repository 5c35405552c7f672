{{ observed('invoice_copy') }}
