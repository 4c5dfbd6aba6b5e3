"""Part of the distribution ``kingpost``; imported as ``kingpost.conformance`` and under no other name."""

if not __name__.startswith("kingpost."):  # the same class would exist twice
    message = f"import kingpost.conformance, not {__name__}: the folder is a part of the package kingpost"
    raise ImportError(message)
