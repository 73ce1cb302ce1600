"""What schemathesis is told of Milo: who asks, what some texts look like, and what a refusal may say."""

import json
import os
import threading
import urllib.request
import zoneinfo

import schemathesis
from hypothesis import strategies as st

BASE = os.environ["MILO_FUZZ_URL"]
PEOPLE = json.loads(os.environ["MILO_FUZZ_PEOPLE"])
# An access token is valid for ten minutes.
RENEW_SECONDS = 240

ZONES = sorted(zone for zone in zoneinfo.available_timezones() if "/" in zone and not zone.startswith(("posix", "right", "Etc")))
LETTERS = "abcdefghijklmnopqrstuvwxyz"

schemathesis.openapi.format("iana-time-zone", st.sampled_from(ZONES))
schemathesis.openapi.format(
    "uri",
    st.builds(
        "{}://{}.{}{}".format,
        st.sampled_from(["http", "https"]),
        st.text(LETTERS, min_size=1, max_size=20),
        st.sampled_from(["example", "org", "test"]),
        st.lists(st.text(LETTERS + "0123456789-._~", min_size=1, max_size=12), max_size=4).map(lambda parts: "".join(f"/{part}" for part in parts)),
    ),
)
schemathesis.openapi.format("password", st.text(min_size=8, max_size=128))

# What is wrong with data that every schema allows: it names something that is not there, or contradicts itself or the state
# of things. Whatever else a refusal says of such data, the document should have said before.
SEMANTIC = {
    "before_release_date",  # end_date with release_date
    "duplicate",  # a genre, in other capitals
    "duplicate_label",  # two rows
    "too_many_seats",  # in all rows together
    "in_the_past",  # starts_at
    "invalid_email",  # RFC 5321 has more rules than the format
    "invalid_url",  # RFC 3986 has more rules than the format
    "invalid_time",  # beyond the times that can be told
    "invalid_date",
    "invalid_time_zone",  # known to this machine, not to the server
    "invalid_cursor",  # opaque: only one that was given out is one
    "mixed_currencies",
    "not_for_sale",
    "unknown_seat",
    "card_number",
    "too_far",
    "unknown_movie",
    "unknown_screen",
    "inactive",
    "no_layout",
    "unpriced",
    "unknown",  # an id of a film or a screen
}


def is_for_admins(operation):
    forbidden = operation.definition.raw["responses"].get("403", {}).get("description", "")
    return "`forbidden`" in forbidden and "/reviews/" not in operation.path


def role(operation):
    return "admin" if is_for_admins(operation) else "user"


_lock = threading.Lock()


@schemathesis.auth(refresh_interval=RENEW_SECONDS, cache_by_key=lambda case, context: role(context.operation))
class SignIn:
    """Operations of administrators are asked by one, all others by an ordinary person."""

    def get(self, case, context):
        body = json.dumps(PEOPLE[role(context.operation)]).encode()
        request = urllib.request.Request(f"{BASE}/api/v1/auth/login", data=body, headers={"Content-Type": "application/json"})
        with _lock, urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)["access_token"]

    def set(self, case, data, context):
        # What the document leaves open to anybody is asked by nobody.
        if context.operation.definition.raw.get("security"):
            case.headers["Authorization"] = f"Bearer {data}"


def is_fraction(error):
    """JSON Schema takes 1.0 for a whole number; Milo does not, because money is never a float."""
    return error["code"] == "wrong_type" and error["message"].startswith("must be a whole number")


@schemathesis.check
def refusal_of_valid_data_is_semantic(ctx, response, case):
    """Data that its schema allows is refused with 422 only for what no schema can say."""
    if case.meta is None or not case.meta.generation.mode.is_positive or response.status_code != 422:
        return None
    problem = response.json()
    if problem["type"] == "urn:milo:problem:idempotency-key-reused":
        return None
    unexplained = [error for error in problem.get("errors", []) if error["code"] not in SEMANTIC and not is_fraction(error)]
    assert not unexplained, f"the document allows this, and the server does not: {unexplained}"
    return None


@schemathesis.check
def problem_is_one_of_milos(ctx, response, case):
    """Every error is a problem with the request's own id, and names itself as the document does."""
    if response.status_code < 400 or case.operation.path.startswith("/health/") or case.method.upper() == "HEAD":
        return None
    problem = response.json()
    assert problem["type"].startswith("urn:milo:problem:"), problem
    assert problem["status"] == response.status_code, problem
    assert [problem["instance"]] == response.headers["x-request-id"], problem
    return None
