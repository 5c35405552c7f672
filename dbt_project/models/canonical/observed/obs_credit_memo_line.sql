{{ observed('credit_memo_line') }}
