{{ latest('file_drop', 'retail_invoice_line') }}
