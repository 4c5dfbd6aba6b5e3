"""The component identity as a Django app. This door is imported before Django is ready, so it knows nothing of what lies behind it."""
