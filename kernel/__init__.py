"""Part of the distribution ``kingpost``; imported as ``kingpost.kernel`` and under no other name."""

if not __name__.startswith("kingpost."):  # the same class would exist twice
    message = f"import kingpost.kernel, not {__name__}: the folder is a part of the package kingpost"
    raise ImportError(message)
