"""The store's schema through time; run by `Store` when it opens."""
