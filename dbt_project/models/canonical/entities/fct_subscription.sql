{{ by_deal() }}

{{ documents_of_deals('subscription') }}
