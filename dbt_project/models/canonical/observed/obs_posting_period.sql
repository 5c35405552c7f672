{{ observed('posting_period') }}
