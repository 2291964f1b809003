"""Lines of direct costs as Procore takes them: no more than a hundred in one request. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from integrations.context import Context, Missing
from integrations.expressions import Expression, Node
from integrations.values import Line

MOST = 100


@dataclass(frozen=True)
class at_most(Expression):
    """The lines; where there are more than Procore takes at once, one for each budget code."""

    lines: Expression

    def __call__(self, node: Node, context: Context) -> list[Line]:
        lines: list[Line] = self.lines(node, context)
        values = [line.fields.get(name) for line in lines for name in ("wbs_code_id", "manual_amount")]
        if len(lines) <= MOST or any(isinstance(value, Missing) for value in values):
            return lines
        together: dict[str, list[Line]] = {}
        for line in lines:
            together.setdefault(str(line.fields.get("wbs_code_id")), []).append(line)
        return [_summed(code, some) for code, some in together.items()]

    def __str__(self) -> str:
        return f"{self.lines}; of more than {MOST} lines one for each budget code"


def _summed(code: str, lines: list[Line]) -> Line:
    amount = sum((Decimal(line.fields["manual_amount"]) for line in lines), Decimal(0))
    words = f"{len(lines)} lines" if len(lines) > 1 else lines[0].fields.get("description")
    return Line(f"code {code}", {**lines[0].fields, "description": words, "manual_amount": amount})
