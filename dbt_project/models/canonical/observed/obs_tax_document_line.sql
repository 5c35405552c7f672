{{ observed('tax_document_line') }}
