{{ latest('netsuite', 'trial_balance') }}
