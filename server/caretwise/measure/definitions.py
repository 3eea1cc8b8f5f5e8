"""How each number of the report is made, in a sentence or two: for the page, and for whoever doubts a figure."""

from __future__ import annotations

from caretwise.measure.difference import FEWEST_BLOCKS, MANY_USERS
from caretwise.measure.schema import UNDONE_SECONDS
from caretwise.measure.sequence import ALPHA, EXPECTED, FEWEST_CLUSTERS

DEFINITIONS: tuple[tuple[str, str], ...] = (
    (
        "Opportunity",
        (
            "The editor asked for ghost text at a place where some may be shown, whether anything came of it or not. For "
            "fixes: the user picked the action or ran the command, in a file that may be sent to a model."
        ),
    ),
    (
        "Shown",
        (
            "The editor's plugin said that it drew the suggestion, or it was left standing for 750 ms, or it was accepted. "
            "Each suggestion counts once."
        ),
    ),
    (
        "Acceptance",
        (
            "Suggestions accepted in full or in part, divided by those shown. It is known from the accept command or from "
            "the document's changes, and counts once; a part of one or two characters that the editor does not speak of may "
            "look like typing, and then counts as that. For fixes: applied, divided by offered."
        ),
    ),
    (
        "Retained characters",
        (
            "Characters of accepted text known to be still there 300 seconds later, tracked through all edits. Where nobody "
            "could look any more (document closed, text exchanged as a whole, many files changed at once) they count as none."
        ),
    ),
    (
        "Retained characters per opportunity",
        "The headline, because silence, slowness, short safe suggestions and text that is soon deleted all lower it.",
    ),
    (
        "Fixes kept per request",
        (
            "The headline for fixes: requests of which a fix was applied and kept, divided by all requests. A fix is "
            f"undone when its old lines are back within {UNDONE_SECONDS // 60} minutes, and it is not kept "
            "either when less than half of the words and signs that it put in are still there after 300 seconds, both as far "
            "as the document was open. "
            "A request that failed, was cancelled, or came to nothing counts as one without a fix; the same action picked "
            "again while its fix is at hand is the same request."
        ),
    ),
    (
        "Offered, verified, applied, gone, undone",
        (
            "Of the requests, those that a fix was offered for (and not withdrawn as the text had changed). Of these, those "
            "that the reporting checker agreed to, and those that were applied. Of these, those whose problem is known to be "
            "gone, and those that were undone. Each request counts once, however many candidates it had."
        ),
    ),
    (
        "How much stays",
        (
            "Characters left, divided by characters accepted, after 30, 120, 300 and 600 seconds. Suggestions that nobody "
            "could look at are left out above and below the line."
        ),
    ),
    (
        "Typed through, dismissed",
        (
            "Shown suggestions that the user typed out by hand, and those that were sent away, divided by those shown. "
            "Accepted ones are in neither."
        ),
    ),
    (
        "To shown",
        (
            "Milliseconds from the editor's request until the suggestion was on screen, all waiting included: the smallest "
            "value that 50, 90 or 99 of 100 do not exceed."
        ),
    ),
    (
        "Interval of one model's acceptance",
        (
            "Wilson's 95% interval, for as many independent trials as the clustered ones are worth: their number divided by "
            f"the design effect. With fewer than {MANY_USERS} people it describes these people only, and their blocks "
            "of 10 minutes are the clusters; else people are."
        ),
    ),
    (
        "Difference between two arms",
        (
            "Only arms that were drawn by lot are compared, on the days between the first and the last on which both were. "
            "Inside each person, the mean of one arm minus that of the other; averaged with weights by how much each "
            "person's data can say. The 95% interval is Student's t on a jackknife "
            f"over blocks of 10 minutes (the unit in which arms are drawn), over people from {MANY_USERS} people on; with "
            "fewer degrees of freedom where a few blocks say most, as they are long or one arm is seldom drawn. At least "
            f"{FEWEST_BLOCKS} blocks of each arm are wanted."
        ),
    ),
    (
        "Design effect",
        (
            "How many times larger the variance is than that of as many independent suggestions would be. Suggestions to one "
            "person in one document resemble each other, so it is above 1."
        ),
    ),
    (
        "Winner",
        (
            "Named when an always-valid confidence sequence for the headline leaves zero out, and not before there are "
            f"{FEWEST_CLUSTERS} clusters. If there were no difference, that would happen at any time, however often one "
            f"looks, in at most {ALPHA:.0%} of experiments (divided among the pairs when there are more than two arms)."
        ),
    ),
    (
        "How long it takes",
        (
            f"Until a winner would be named with 80% probability if the true difference is {EXPECTED:.0%}, at the spread and "
            "pace so far."
        ),
    ),
    (
        "Cost",
        (
            "From the tokens that endpoints report and the prices in their profiles. Answers without a report (closed early, "
            "no price) are counted apart. Of a kept fix: all that the arm's requests for fixes cost, divided by those kept."
        ),
    ),
    (
        "Embedded",
        (
            "The engine that works without a model. It is listed last, never counted under a model's name, and takes no part "
            "in experiments."
        ),
    ),
)
"""Name and explanation, in the order in which they are printed."""
