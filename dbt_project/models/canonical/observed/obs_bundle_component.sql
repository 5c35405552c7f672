{{ observed('bundle_component') }}
