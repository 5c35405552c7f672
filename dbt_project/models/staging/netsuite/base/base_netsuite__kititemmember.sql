{{ latest('netsuite', 'kititemmember') }}
