{{ latest('stripe', 'credit_note_line_tax') }}
