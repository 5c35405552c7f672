{{ latest('salesforce', 'sbqq_product_option') }}
