{{ latest('oracle_fusion', 'journal_line') }}
