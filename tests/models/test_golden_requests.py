"""Every file under fixtures/requests: a user's choice of model, and exactly what is sent for ghost text and for a fix.

`pytest --update-cases` writes what comes out; the difference is reviewed like code. A new file needs its `choice` only.
"""

import json
from pathlib import Path

import pytest

from caretwise.adapters.resources import catalog
from caretwise.complete.prompt import FIM_STYLES, prompt
from caretwise.complete.steady import shown
from caretwise.context.pack import Context
from caretwise.context.snippet import Snippet
from caretwise.context.window import Window
from caretwise.models.catalog import ModelChoice
from caretwise.models.profile import Profile, Role
from caretwise.models.request import Ask, build

FOLDER = Path(__file__).parents[2] / "fixtures" / "requests"
FILES = sorted(FOLDER.glob("*.json"))

CONTEXT = Context(
    "shapes/area.py",
    "python",
    "Python",
    Window("", "def area(width, height):\n    return ", "\n\nprint(area(2, 3))\n", 0),
    snippets=(Snippet("shapes/round.py", 0, "def circle(radius): ...", "import", 1.0),),
)
CHAT = (("system", "(the instructions)"), ("user", "(the context and the question)"))


def resolved(golden: dict, name: str) -> Profile:
    found = catalog().resolve(ModelChoice(name, **golden["choice"]))
    assert isinstance(found, Profile), found
    return found


def ask_of(profile: Profile, role: Role) -> Ask:
    style = profile.style_for(role)
    if role is Role.FIX:
        return Ask(role, messages=CHAT)
    if style not in FIM_STYLES:
        return Ask(role, messages=CHAT, max_tokens=64)
    made = prompt(shown(CONTEXT), style, {})
    return Ask(
        role,
        prefix=made.prefix,
        suffix=made.suffix,
        extras=made.extras,
        path=CONTEXT.path,
        comment=made.comment,
        max_tokens=64,
    )


def sent(profile: Profile, role: Role) -> dict:
    refused = profile.cannot(role)
    if refused:
        return {"refused": refused}
    request = build(profile, ask_of(profile, role))
    return {"style": profile.style_for(role), "address": request.address, "body": request.body}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_is_sent(path: Path, request: pytest.FixtureRequest):
    golden = json.loads(path.read_text(encoding="utf-8"))
    profile = resolved(golden, path.stem)
    found = {"choice": golden["choice"], **{role.value: sent(profile, role) for role in Role}}
    if found != golden and request.config.getoption("--update-cases"):
        path.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        return
    assert found == golden


def test_every_endpoint_route_and_family_has_a_file():
    seen = set()
    for path in FILES:
        profile = resolved(json.loads(path.read_text(encoding="utf-8")), path.stem)
        seen.add(("family", profile.family.name))
        seen |= {(profile.endpoint.name, profile.route(role).api) for role in Role if not profile.cannot(role)}
    wanted = {("family", name) for name in catalog().families}
    wanted |= {(name, api) for name, one in catalog().endpoints.items() for api in one.routes}
    assert wanted - seen == set()
