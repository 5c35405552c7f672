{{ observed('tax_document') }}
