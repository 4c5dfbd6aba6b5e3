#!/usr/bin/env python
"""Runs management commands of the back office. It knows where the settings are."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")
    execute_from_command_line(sys.argv)
