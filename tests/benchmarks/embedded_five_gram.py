"""A plain 5-gram over the embedded engine's tokens, to stand beside it: stupid back-off (Brants and others 2007)."""

from __future__ import annotations

from collections import Counter, defaultdict

from caretwise.local.tokens import detokenize, is_line_end

BACK_OFF = 0.4


class FiveGram:
    """Counts of the token after 0 to 4 tokens. No weights, no caches, no threshold."""

    def __init__(self) -> None:
        self.tables: list[dict[tuple[str, ...], Counter[str]]] = [defaultdict(Counter) for _ in range(5)]

    def add(self, tokens: list[str], sign: int) -> None:
        for order, table in enumerate(self.tables):
            for index in range(order, len(tokens)):
                table[tuple(tokens[index - order : index])][tokens[index]] += sign

    def best(self, context: list[str]) -> tuple[str, float]:
        factor = 1.0
        for order in range(4, -1, -1):
            counts = self.tables[order].get(tuple(context[len(context) - order :]))
            if counts:
                token, count = max(counts.items(), key=lambda item: (item[1], item[0]))
                if count > 0:
                    return token, factor * count / sum(counts.values())
            factor *= BACK_OFF
        return "\n=", 0.0

    def line(self, context: list[str]) -> tuple[str, float]:
        """What follows to the end of the line, and the product of its scores."""
        confidence, ghost = 1.0, list[str]()
        while len(ghost) < 60:
            token, score = self.best([*context, *ghost])
            confidence *= score
            if is_line_end(token) or not confidence:
                break
            ghost.append(token)
        return detokenize(ghost, indent=""), confidence
