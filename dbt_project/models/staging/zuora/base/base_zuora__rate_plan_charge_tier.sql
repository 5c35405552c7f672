{{ latest('zuora', 'rate_plan_charge_tier') }}
