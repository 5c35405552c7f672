"""DocuSign: where a quote becomes a contract."""
