"""What customers decide by hand: links between records, rules, and their CSV."""
