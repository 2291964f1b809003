"""OneCore's own catalogue, as a third system that integrations may write to."""
