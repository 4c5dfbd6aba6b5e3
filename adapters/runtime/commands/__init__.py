"""The command groups. Each file holds ``add(parser)``, which declares its arguments, and ``run(arguments, ...)``, which returns an exit code.

extra files: one per command group, named like the command.
"""
