"""Declared differences of single customers."""
