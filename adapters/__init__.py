"""Part of the distribution ``kingpost``; imported as ``kingpost.adapters`` and under no other name."""

if not __name__.startswith("kingpost."):  # the same class would exist twice
    message = f"import kingpost.adapters, not {__name__}: the folder is a part of the package kingpost"
    raise ImportError(message)
