"""A company in which people do anything in any order, and the sums that must agree after every run."""
