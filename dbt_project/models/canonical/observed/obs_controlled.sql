{{ observed('controlled') }}
