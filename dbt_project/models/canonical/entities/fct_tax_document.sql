{{ by_deal() }}

{{ documents_of_deals('tax_document') }}
