{{ latest('file_drop', 'payment') }}
