"""The standalone site: a Django project that holds Kingpost and nothing else, for ``kingpost serve --django``. This door knows nothing behind it."""
