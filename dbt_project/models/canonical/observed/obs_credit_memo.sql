{{ observed('credit_memo') }}
