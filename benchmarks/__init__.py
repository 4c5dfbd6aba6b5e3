"""Benchmarks: each compares Kingpost with something that does less, side by side in one run. They gate nothing in the test suite."""
