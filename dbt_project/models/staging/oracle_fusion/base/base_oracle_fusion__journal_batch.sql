{{ latest('oracle_fusion', 'journal_batch') }}
