{{ observed('dimension') }}
