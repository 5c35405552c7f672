{{ latest('salesforce', 'opportunity') }}
