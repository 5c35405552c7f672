{{ by_deal() }}

{{ documents_of_deals('credit_memo') }}
