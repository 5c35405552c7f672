{{ latest('sap_s4hana', 'journal_entry_item') }}
