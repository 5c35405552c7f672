{{ latest('salesforce', 'pricebook_entry') }}
