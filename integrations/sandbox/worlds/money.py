"""Amounts of the worlds: whole cents inside, text with two decimals in the records."""


def text(cents: int) -> str:
    """Give cents as Procore writes them: a string with a dot and two decimals."""
    sign = "-" if cents < 0 else ""
    dollars, rest = divmod(abs(cents), 100)
    return f"{sign}{dollars}.{rest:02d}"


def cents(amount: str) -> int:
    """Read an amount with two decimals, such as `1234.50`."""
    return int(amount.replace(".", ""))


def share(amount: int, per_mille: int) -> int:
    """Give so many thousandths of an amount, rounded half up (away from nil) to a cent."""
    sign = -1 if amount * per_mille < 0 else 1
    return sign * ((abs(amount * per_mille) + 500) // 1000)
