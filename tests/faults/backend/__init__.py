"""PostgreSQL with counted commits, for tests only."""
