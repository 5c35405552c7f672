{{ observed('opportunity') }}
