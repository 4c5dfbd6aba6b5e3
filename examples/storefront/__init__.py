"""The storefront: a component as a user of Kingpost writes it."""
