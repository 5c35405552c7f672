{{ observed('journal_line') }}
