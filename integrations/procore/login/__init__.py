"""Signing in to the portal with a Procore account."""
