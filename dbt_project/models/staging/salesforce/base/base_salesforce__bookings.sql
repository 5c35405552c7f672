{{ latest('salesforce', 'bookings') }}
