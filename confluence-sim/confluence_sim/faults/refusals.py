"""Answers that are none: limits, breakdowns, refusals, login pages, redirects."""

from __future__ import annotations

from email.utils import formatdate
from http import HTTPStatus

from werkzeug import Request as HttpRequest

from confluence_sim.api.endpoint import Reply
from confluence_sim.faults.fault import Act, Strike

BURST = (500, 502, 503, 504)
REDIRECTS = (301, 302, 303, 307, 308)
LOGIN_PAGE = """<!DOCTYPE html>
<html><head><title>Log in with Atlassian account</title></head>
<body><form action="/login" method="post"><input name="username"></form></body></html>
"""


def _json(status: int, title: str, headers: dict[str, str] | None = None) -> Reply:
    errors = [{"status": status, "code": title.upper().replace(" ", "_"), "title": title, "detail": None}]
    return Reply({"errors": errors}, status=status, headers=headers or {})


def _limited(headers: dict[str, str]) -> Reply:
    reason = {"RateLimit-Reason": "confluence-burst-based", "X-RateLimit-Remaining": "0"}
    return _json(429, "Too many requests", {**reason, **headers})


def rate_limit_seconds(strike: Strike) -> Reply:
    """429 with ``Retry-After`` in seconds (FACTS 5.4)."""
    return _limited({"Retry-After": f"{strike.amount:.0f}"})


def rate_limit_date(strike: Strike) -> Reply:
    """429 with ``Retry-After`` as a date by the server's clock."""
    return _limited({"Retry-After": formatdate(strike.world.clock.now_ms() / 1000 + strike.amount, usegmt=True)})


def rate_limit_silent(_: Strike) -> Reply:
    """429 that does not say for how long (FACTS 5.5)."""
    return _limited({})


def _proxy_page(status: int) -> Reply:
    return Reply(f"<html><body>{status} upstream error</body></html>", status=status, media_type="text/html")


def server_error_burst(strike: Strike) -> Reply:
    """A proxy's or the server's own error page: one of 500, 502, 503, 504."""
    return _proxy_page(strike.dice.choice(BURST))


def _is_heavy(strike: Strike) -> bool:
    """Tell whether more than ``amount`` rows with bodies are asked for, in either dialect."""
    asked = strike.request.args
    has_bodies = "body-format" in asked or "body." in asked.get("expand", "")
    return has_bodies and asked.get("limit", 25, type=int) > strike.amount


def big_page_timeout(strike: Strike) -> Reply | None:
    """504 for more than ``amount`` rows with bodies (FACTS 1.1)."""
    return _json(504, "Gateway Timeout") if _is_heavy(strike) else None


def big_page_unavailable(strike: Strike) -> Reply | None:
    """502 or 503 of a proxy for more than ``amount`` rows with bodies (FACTS 11.9)."""
    return _proxy_page(strike.dice.choice((502, 503))) if _is_heavy(strike) else None


def refusal(strike: Strike) -> Reply:
    """The status in ``amount``."""
    status = HTTPStatus(int(strike.amount))
    return _json(status, status.phrase)


def login_page(_: Strike) -> Reply:
    """A login page with status 200."""
    return Reply(LOGIN_PAGE, media_type="text/html; charset=utf-8")


def refused(status: int, title: str) -> Act:
    """Return a fault that answers with a status and Confluence's words for it."""
    return lambda _: _json(status, title)


def token_dies(_: Strike) -> Reply:
    """401 from a certain request on."""
    return Reply({"code": 401, "message": "Unauthorized"}, status=401)


def token_forgotten(strike: Strike) -> Reply:
    """What comes without credentials, from a certain request on.

    Cloud: 401, 403 or "not found" (FACTS 4.7); a Data Center open to all: less than before, with 200 (FACTS 7.5).
    """
    kept = {name: value for name, value in strike.request.environ.items() if name != "HTTP_AUTHORIZATION"}
    return strike.ask(HttpRequest(kept))


def foreign_redirect(strike: Strike) -> Reply:
    """A redirect of the same question to a foreign host."""
    status = strike.dice.choice(REDIRECTS)
    return Reply("", status=status, headers={"Location": strike.fault.to + strike.request.full_path})
