"""Tests of the component helpdesk."""
