{{ observed('contract') }}
