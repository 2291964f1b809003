"""Contracts: every exchange with the sandbox is held against the systems' own OpenAPI documents."""
