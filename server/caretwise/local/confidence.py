"""How probably a ghost is exactly right: a logistic model over a few signs of it.

The weights are fitted by `tests/benchmarks/embedded_fit.py` on holes in the projects that it names; the measurement in the
README is made on others.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

THRESHOLD = 0.35
"""The least confidence that is shown. On the projects of the fit, each judged by weights fitted on the others (2,614 holes,
half of them with lines below that are not written yet), suggested and right of these were 34 and 51 % at 0.2, 27 and 59 % at
0.3, 24 and 63 % at 0.35, 21 and 66 % at 0.4, 16 and 71 % at 0.5, 8 and 82 % at 0.7. What was said and what was true there: 15
and 12 %, 25 and 22 %, 35 and 33 %, 45 and 48 %, 55 and 54 %, 65 and 67 %, 75 and 74 %, 86 and 91 %."""


@dataclass(frozen=True, slots=True)
class Signs:
    """What is known of a ghost when it is whole.

    `probability` is the product of its tokens' probabilities, `least` the smallest of them; `match` how many tokens before
    the cursor stood before it somewhere as well; `documents` and `places` how many go on as it does to its end; `nearest`
    where the nearest of them is (2: this document, 1: its folder, 0: elsewhere); `tokens` and `characters` its length;
    `typed` the characters of the word before the cursor; `fits` what the next line's indentation says (1: the ghost expects
    it, -1: it expects another one, 0: nothing, because there is no next line or the ghost ends inside the line).
    """

    probability: float
    least: float
    match: int
    documents: int
    places: int
    nearest: int
    tokens: int
    characters: int
    typed: int
    fits: int

    def numbers(self) -> tuple[float, ...]:
        """The signs as the model takes them."""
        return (
            1.0,
            math.log(max(self.probability, 1e-6)),
            self.least,
            math.log(1 + self.match),
            self.documents / (self.documents + 0.5),
            math.log(1 + self.places),
            float(self.nearest == 2),
            float(self.nearest == 1),
            math.log(1 + self.tokens),
            math.log(1 + self.characters),
            float(self.typed > 0),
            math.log(1 + self.typed),
            float(self.fits == 1),
            float(self.fits == -1),
        )


WEIGHTS = (
    -3.751, 1.572, -0.372, 1.120, 1.021, 0.496, 0.554, 0.131, -0.592, 0.134, 0.332, 0.026, 0.139, -0.105,
)  # fmt: skip
"""In the order of `Signs.numbers`; fitted 2026-11-23."""


def confidence(signs: Signs) -> float:
    """The probability, from 0 to 1, that the ghost is what will be written."""
    return 1 / (1 + math.exp(-sum(weight * number for weight, number in zip(WEIGHTS, signs.numbers(), strict=True))))
