"""Rules as a CSV file: what a spreadsheet opens safely, and what comes back from one unchanged."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tablib import Dataset

LARGEST = 25 * 1024 * 1024  # bytes; 100,000 rows are about 8 MB
MOST_ROWS = 100_000
# A spreadsheet takes a cell that begins like this for a formula. ' keeps it a text; one more ' keeps our own
# apart.
FORMULA = re.compile(r"^'*[=+\-@\t\r]")
CONTROL = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Unreadable(ValueError):
    """The file as a whole cannot be read; the text says why."""


@dataclass(frozen=True)
class File:
    """A decoded file: its rows as a table, its text, and what the person should know about it."""

    table: Dataset
    text: str
    notices: tuple[str, ...] = ()


def neutral(cell: str) -> str:
    """The cell as it is written: never a formula."""
    return f"'{cell}" if FORMULA.match(cell) else cell


def plain(cell: str) -> str:
    """The cell as it was meant; undoes `neutral` exactly."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell


def written(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The text of a file with these rows."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(headers)
    writer.writerows([neutral(str(cell)) for cell in row] for row in rows)
    return out.getvalue()


def decoded(content: bytes) -> tuple[str, tuple[str, ...]]:
    """The text of the bytes, with a notice when they are not UTF-8. Raises Unreadable."""
    if len(content) > LARGEST:
        raise Unreadable("The file is larger than 25 MB. Split it and import the parts one after the other.")
    if b"\0" in content:
        raise Unreadable("This is not a CSV file: save the spreadsheet as “CSV UTF-8” and choose that file.")
    try:
        return content.decode("utf-8-sig"), ()
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
        return text, ("The file is not UTF-8; it was read as Windows text. Look at accented letters below.",)


def read(content: bytes, *, wanted: Sequence[str], needed: Sequence[str]) -> File:
    """The file's rows under the columns `wanted`, in any order. Raises Unreadable naming what is wrong."""
    text, notices = decoded(content)
    return parsed(text, wanted=wanted, needed=needed, notices=notices)


def parsed(text: str, *, wanted: Sequence[str], needed: Sequence[str], notices: tuple[str, ...] = ()) -> File:
    """As `read`, from text."""
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error as error:
        raise Unreadable(f"The file cannot be read as CSV: {error}.") from error
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    if not rows:
        raise Unreadable("The file is empty.")
    if len(rows) - 1 > MOST_ROWS:
        raise Unreadable("The file has more than 100,000 rows. Split it.")
    headers = [cell.strip().casefold().replace(" ", "_") for cell in rows[0]]
    check_headers(headers, wanted, needed)
    table = Dataset(headers=headers)
    for number, row in enumerate(rows[1:], 2):
        table.append(cells(row, len(headers), number))
    return File(table, text, notices)


def check_headers(headers: Sequence[str], wanted: Sequence[str], needed: Sequence[str]) -> None:
    """Raises Unreadable for columns that are missing, doubled or unknown."""
    unknown = [name for name in headers if name not in wanted]
    if unknown:
        raise Unreadable(f"Column “{unknown[0]}” is not known. Known are: {', '.join(wanted)}.")
    absent = [name for name in needed if name not in headers]
    if absent:
        raise Unreadable(f"Column “{absent[0]}” is missing. Export the rules to see the columns.")
    if len(set(headers)) < len(headers):
        raise Unreadable("A column occurs twice.")


def cells(row: list[str], width: int, number: int) -> list[str]:
    """A row of exactly that many cells; short ones end in empty cells. Raises Unreadable."""
    if any(cell.strip() for cell in row[width:]):
        raise Unreadable(f"Row {number} has more cells than there are columns.")
    if any(CONTROL.search(cell) for cell in row):
        raise Unreadable(f"Row {number} holds control characters.")
    return [plain(cell.strip()) for cell in row[:width]] + [""] * (width - len(row))
