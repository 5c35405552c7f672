{{ latest('docusign', 'envelope') }}
