"""HTTP with Confluence and nothing else: session, credentials, retries, throttle, errors. Usable without Singer."""
