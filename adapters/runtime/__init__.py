"""What every deployment shares and no framework owns: settings, composition, command line, logs and metrics. It imports no web adapter."""
