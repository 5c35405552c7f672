{{ observed('accounting_period') }}
