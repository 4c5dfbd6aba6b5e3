"""Examples: components and hosts as users of Kingpost write them."""
