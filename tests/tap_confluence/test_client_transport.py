from __future__ import annotations

import gzip
import itertools
import json
import random
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.scripted_http import Asked, HandClock, Said, scripted
from support.transport import asking
from tap_confluence.client.answers import TruncatedError, decode
from tap_confluence.client.credentials.auth import Basic, Bearer
from tap_confluence.client.errors import (
    ConfluenceAuthError,
    ConfluenceBudgetError,
    ConfluenceCursorError,
    ConfluenceError,
    ConfluenceInterruptedError,
    ConfluenceNotFoundError,
    ConfluenceRateLimitError,
    ConfluenceRequestError,
    ConfluenceResponseError,
    ConfluenceServerError,
    ConfluenceTooHeavyError,
)
from tap_confluence.client.retry import delays, retry_after
from tap_confluence.client.throttle import Throttle
from tap_confluence.client.totals import Counters
from tap_confluence.client.transport import Request, Transport, default_user_agent
from tap_confluence.client.waiting import Waiter

SECRET = "s3cr3t-token"
WHAT = Request(path="/api/v2/pages", what="listing pages")
JSON = {"Content-Type": "application/json"}


def transport(url: str, clock: HandClock | None = None, **options: Any) -> Transport:
    return Transport(url + "/wiki", Basic("a@b.c", SECRET), asking((SECRET,), **options), clock=clock or HandClock())


def in_turn(*said: Said) -> Callable[[Asked], Said]:
    lines: Iterator[Said] = iter(said)
    lock = threading.Lock()

    def answer(_: Asked) -> Said:
        with lock:
            return next(lines)

    return answer


def test_a_question_carries_credentials_and_names_the_tap_and_its_version() -> None:
    with scripted(in_turn(Said(body=b'{"results": []}'))) as site:
        client = transport(site.url)
        answer = client.ask(WHAT)
        client.close()
    assert answer.data == {"results": []}
    (asked,) = site.asked
    assert asked.headers["Authorization"] == Basic("a@b.c", SECRET).header()
    assert asked.headers["User-Agent"] == default_user_agent()
    assert default_user_agent().startswith("tap-confluence/")


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_failing_server_is_asked_again_after_1_2_4_seconds(status: int) -> None:
    clock = HandClock()
    with scripted(in_turn(Said(status), Said(status), Said(status), Said())) as site:
        client = transport(site.url, clock)
        assert client.ask(WHAT).data == {}
        client.close()
    assert [int(seconds) for seconds in clock.sleeps] == [1, 2, 4]
    assert client.counters.totals.requests == 4
    assert client.counters.totals.retries == 3
    assert client.counters.totals.seconds_waited == pytest.approx(sum(clock.sleeps))


@pytest.mark.parametrize(
    ("status", "kind"), [(500, ConfluenceServerError), (503, ConfluenceServerError), (429, ConfluenceRateLimitError)]
)
def test_after_all_retries_the_error_says_what_was_asked_and_where(status: int, kind: type[ConfluenceError]) -> None:
    with scripted(lambda _: Said(status, b'{"message": "busy"}')) as site:
        client = transport(site.url, max_retries=2)
        with pytest.raises(
            kind, match=r"listing pages at http://127.0.0.1:\d+/wiki: \d+ .*busy.*after 3 attempts"
        ) as caught:
            client.ask(WHAT)
        client.close()
    assert (caught.value.http_status, caught.value.attempts) == (status, 3)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, b'{"code":401,"message":"Unauthorized; scope does not match"}', ConfluenceAuthError),
        (403, b'{"message":"Current user not permitted to use Confluence","statusCode":403}', ConfluenceAuthError),
        (
            404,
            b'{"errors":[{"status":404,"code":"NOT_FOUND","title":"Not Found"}]}',
            ConfluenceNotFoundError,
        ),
        (400, b'{"errors":[{"status":"400","title":"bad limit"}]}', ConfluenceRequestError),
        (410, b"gone", ConfluenceRequestError),
    ],
)
def test_what_a_retry_cannot_mend_fails_at_once(status: int, body: bytes, kind: type[ConfluenceError]) -> None:
    clock = HandClock()
    with scripted(lambda _: Said(status, body)) as site:
        client = transport(site.url, clock)
        with pytest.raises(kind):
            client.ask(WHAT)
        client.close()
    assert len(site.asked) == 1
    assert clock.sleeps == []


def test_a_missing_scope_is_named() -> None:
    with scripted(lambda _: Said(401, b'{"code":401,"message":"Unauthorized; scope does not match"}')) as site:
        client = transport(site.url)
        with pytest.raises(ConfluenceAuthError, match=r"lacks a scope.*needs read:page:confluence"):
            client.ask(Request(path="/x", what="x", scope="read:page:confluence"))
        client.close()


def test_a_refused_cursor_is_told_from_other_refusals() -> None:
    body = b'{"errors":[{"status":400,"title":"Provided value for \'cursor\' is not the correct type."}]}'
    with scripted(lambda _: Said(400, body)) as site:
        client = transport(site.url)
        with pytest.raises(ConfluenceCursorError):
            client.ask(Request(path="/x", what="x", params={"cursor": "old"}))
        client.close()


@pytest.mark.parametrize(("header", "least"), [("7", 7), ("0", 1), (None, 1), ("soon", 1)])
def test_retry_after_is_honoured_in_seconds_and_made_up_for_when_absent(header: str | None, least: float) -> None:
    clock = HandClock()
    refused = Said(429, b"{}", {**JSON, **({"Retry-After": header} if header else {})})
    with scripted(in_turn(refused, Said())) as site:
        client = transport(site.url, clock)
        client.ask(WHAT)
        client.close()
    assert least <= sum(clock.sleeps) <= least + 1.01


def test_retry_after_is_honoured_as_a_date() -> None:
    clock = HandClock()
    until = datetime.now(timezone.utc) + timedelta(seconds=500)
    with scripted(
        in_turn(Said(429, b"{}", {**JSON, "Retry-After": format_datetime(until, usegmt=True)}), Said())
    ) as site:
        client = transport(site.url, clock)
        client.ask(WHAT)
        client.close()
    assert sum(clock.sleeps) == pytest.approx(500, abs=5)


@given(st.integers(0, 10**6))
def test_retry_after_in_seconds_means_seconds(seconds: int) -> None:
    assert retry_after(str(seconds), None) == seconds


@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1)), st.integers(-3600, 86400))  # noqa: DTZ001 - hypothesis wants naive bounds
def test_retry_after_as_a_date_is_read_against_the_servers_clock(now: datetime, later: int) -> None:
    now = now.replace(microsecond=0, tzinfo=timezone.utc)
    until = now + timedelta(seconds=later)
    assert retry_after(format_datetime(until, usegmt=True), format_datetime(now, usegmt=True)) == max(0, later)


@given(st.text(max_size=30))
def test_no_retry_after_makes_the_client_stumble_or_wait_backwards(value: str) -> None:
    found = retry_after(value, None)
    assert found is None or found >= 0


def test_delays_double_up_to_a_minute_with_up_to_a_second_of_jitter() -> None:
    random.seed(1)
    steps = [1, 2, 4, 8, 16, 32, 60, 60]
    found = list(delays(len(steps)))
    assert all(step <= delay <= step + 1 for step, delay in zip(steps, found, strict=True))
    assert len(set(found)) == len(found)


def test_a_wait_longer_than_max_wait_is_refused_with_its_length_and_nothing_is_asked_any_more() -> None:
    clock = HandClock()
    with scripted(lambda _: Said(429, b"{}", {**JSON, "Retry-After": "7200"})) as site:
        client = transport(site.url, clock)
        for _ in range(3):
            with pytest.raises(ConfluenceRateLimitError, match=r"7200 s.*max_wait"):
                client.ask(WHAT)
        client.close()
    assert clock.sleeps == []
    assert len(site.asked) == 1


def test_a_long_wait_is_said_every_30_seconds(caplog: pytest.LogCaptureFixture) -> None:
    clock = HandClock()
    with caplog.at_level("INFO"), scripted(in_turn(Said(429, b"{}", {**JSON, "Retry-After": "100"}), Said())) as site:
        client = transport(site.url, clock)
        client.ask(WHAT)
        client.close()
    said = [record.getMessage() for record in caplog.records if record.getMessage().startswith("waiting ")]
    assert len(said) == 4
    assert max(clock.sleeps) == 30
    assert sum(clock.sleeps) >= 100


def test_a_wait_can_be_interrupted() -> None:
    clock = HandClock(stopped=True)
    with scripted(lambda _: Said(503)) as site:
        client = transport(site.url, clock)
        with pytest.raises(ConfluenceInterruptedError):
            client.ask(WHAT)
        client.close()


@pytest.mark.parametrize(
    "said",
    [
        Said(body=b"<!DOCTYPE html><title>Log in</title>", headers={"Content-Type": "text/html"}),
        Said(body=b"  <html>log in", headers=JSON),
        Said(302, b"", {"Location": "https://id.example/login?dest=x"}),
    ],
)
def test_a_login_page_is_a_failed_login_not_an_answer(said: Said) -> None:
    with scripted(lambda _: said) as site:
        client = transport(site.url)
        with pytest.raises(ConfluenceAuthError, match="login page"):
            client.ask(WHAT)
        client.close()
    assert len(site.asked) == 1


def test_a_redirect_is_not_followed() -> None:
    with scripted(lambda _: Said()) as elsewhere:
        with scripted(lambda _: Said(301, b"", {"Location": elsewhere.url + "/wiki/api/v2/pages"})) as site:
            client = transport(site.url)
            with pytest.raises(ConfluenceResponseError, match="base_url"):
                client.ask(WHAT)
            client.close()
        assert elsewhere.asked == []


def test_a_redirect_is_not_read_beyond_the_bound_of_an_answer() -> None:
    packed = gzip.compress(b"x" * 10_000_000)
    endless = Said(302, packed, {"Location": "/elsewhere", "Content-Encoding": "gzip"})
    with scripted(lambda _: endless) as site:
        client = transport(site.url, max_response_bytes=100_000, max_retries=0)
        with pytest.raises(ConfluenceTooHeavyError, match="larger than 100000 bytes"):
            client.ask(WHAT)
        client.close()


@pytest.mark.parametrize(
    "headers",
    [
        {"Retry-After": "1e400"},
        {"Retry-After": "-5"},
        {"Retry-After": "Mon, 01 Jan 0001 00:00:00 +2359"},
        {"Retry-After": "Fri, 31 Dec 9999 23:59:59 -2359"},
        {"Date": "Mon, 01 Jan 0001 00:00:00 +2359", "Retry-After": "\u00b2"},
    ],
    ids=str,
)
def test_a_retry_after_that_nobody_can_mean_counts_as_none(headers: dict[str, str]) -> None:
    clock = HandClock()
    with scripted(in_turn(Said(429, b"{}", {**JSON, **headers}), Said())) as site:
        client = transport(site.url, clock)
        client.ask(WHAT)
        client.close()
    assert sum(clock.sleeps) < 3


@pytest.mark.parametrize("remaining", ["9" * 5000, "-1", "\u00b2", "1e9", ""])
def test_a_limit_that_nobody_can_read_does_not_stop_the_client(remaining: str) -> None:
    near = {**JSON, "X-RateLimit-NearLimit": "true", "X-RateLimit-Remaining": remaining}
    resets = ("9999-12-31T23:59:59-23:59", "rubbish", "0001-01-01T00:00:00+23:59")
    with scripted(in_turn(*(Said(200, b"{}", {**near, "X-RateLimit-Reset": reset}) for reset in resets))) as site:
        client = transport(site.url)
        assert [client.ask(WHAT).data for _ in resets] == [{}, {}, {}]
        client.close()


def test_a_body_that_breaks_off_is_asked_for_again() -> None:
    body = json.dumps({"results": ["x" * 1000]}).encode()
    packed = gzip.compress(body)
    zipped = {**JSON, "Content-Encoding": "gzip"}
    cuts = [
        Said(body=body, cut_at=20),
        Said(body=packed, headers=zipped, cut_at=9),
        Said(body=packed[:-12], headers=zipped),
    ]
    with scripted(in_turn(*cuts, Said(body=body[:40]), Said(body=packed, headers=zipped))) as site:
        client = transport(site.url)
        assert client.ask(WHAT).data == json.loads(body)
        client.close()
    assert len(site.asked) == 5


def test_an_answer_without_end_is_cut_off_also_when_it_is_packed() -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    assert len(bomb) < 100_000
    with scripted(lambda _: Said(body=bomb, headers={**JSON, "Content-Encoding": "gzip"})) as site:
        client = transport(site.url, max_retries=0, max_response_bytes=1_000_000)
        with pytest.raises(ConfluenceTooHeavyError, match="larger than 1000000 bytes"):
            client.ask(WHAT)
        client.close()


@pytest.mark.parametrize(("status", "requests"), [(413, 1), (500, 1), (504, 1), (502, 2), (503, 2)])
def test_a_heavy_question_is_not_repeated_as_it_is_but_once_where_it_may_be_a_hiccup(
    status: int, requests: int
) -> None:
    with scripted(lambda _: Said(status)) as site:
        client = transport(site.url)
        with pytest.raises(ConfluenceTooHeavyError) as caught:
            client.ask(Request(path="/x", what="x", heavy=True))
        client.close()
    assert caught.value.divisible
    assert len(site.asked) == requests


def test_a_reset_connection_is_asked_again_before_fewer_rows_are() -> None:
    body = b'{"results": [1, 2, 3]}'
    with scripted(in_turn(Said(body=body, cut_at=5), Said(body=body))) as site:
        client = transport(site.url)
        assert client.ask(Request(path="/x", what="x", heavy=True)).data == {"results": [1, 2, 3]}
        client.close()
    with scripted(lambda _: Said(body=body, cut_at=5)) as site:
        client = transport(site.url)
        with pytest.raises(ConfluenceTooHeavyError):
            client.ask(Request(path="/x", what="x", heavy=True))
        client.close()
    assert len(site.asked) == 2


def test_a_busy_server_that_says_for_how_long_is_waited_for_also_when_much_is_asked() -> None:
    clock = HandClock()
    with scripted(in_turn(Said(503, b"{}", {**JSON, "Retry-After": "20"}), Said(503), Said())) as site:
        client = transport(site.url, clock)
        assert client.ask(Request(path="/x", what="x", heavy=True)).data == {}
        client.close()
    assert sum(clock.sleeps) >= 20


@pytest.mark.parametrize(("heavy", "kind"), [(True, ConfluenceTooHeavyError), (False, ConfluenceRequestError)])
def test_a_refusal_that_names_the_limit_asks_for_fewer_rows(heavy: bool, kind: type[ConfluenceError]) -> None:
    words = b'{"errors":[{"status":400,"title":"limit must be at most 50 when body-format is set"}]}'
    with scripted(lambda _: Said(400, words)) as site:
        client = transport(site.url)
        with pytest.raises(kind):
            client.ask(Request(path="/x", what="x", heavy=heavy, params={"limit": "250"}))
        client.close()
    assert len(site.asked) == 1


def test_silence_is_a_timeout() -> None:
    go = threading.Event()

    def answer(_: Asked) -> Said:
        go.wait(5)
        return Said()

    with scripted(answer) as site:
        client = transport(site.url, request_timeout=0.05, max_retries=0)
        with pytest.raises(ConfluenceServerError, match="no answer within"):
            client.ask(WHAT)
        client.close()
        go.set()


def test_an_unreachable_host_is_one_clear_line() -> None:
    with scripted(lambda _: Said()) as site:
        url = site.url
    client = transport(url, max_retries=1)
    with pytest.raises(ConfluenceServerError, match=r"listing pages at .*: cannot connect \(.*refused\)") as caught:
        client.ask(WHAT)
    client.close()
    assert "\n" not in str(caught.value)
    client = transport("http://no-such-host.invalid")
    with pytest.raises(ConfluenceServerError, match="cannot be resolved"):
        client.ask(WHAT)
    client.close()
    assert client.counters.totals.requests == 1


def test_a_spent_budget_stops_before_the_next_request() -> None:
    with scripted(lambda _: Said()) as site:
        client = transport(site.url, max_requests=2)
        client.ask(WHAT)
        client.ask(WHAT)
        with pytest.raises(ConfluenceBudgetError, match="max_requests"):
            client.ask(WHAT)
        client.close()
    assert len(site.asked) == 2


def test_no_credential_is_in_any_message_even_when_the_server_repeats_it() -> None:
    echo = json.dumps({"message": f"bad token {SECRET}"}).encode()
    with scripted(lambda _: Said(401, echo)) as site:
        client = transport(site.url)
        with pytest.raises(ConfluenceAuthError) as caught:
            client.ask(WHAT)
        client.close()
    assert SECRET not in str(caught.value)
    assert Basic("a@b.c", SECRET).header().split()[1] not in str(caught.value)
    assert SECRET not in repr((Basic("a@b.c", SECRET), Bearer(SECRET)))


def test_cookies_are_neither_kept_nor_sent() -> None:
    with scripted(lambda _: Said(headers={**JSON, "Set-Cookie": "JSESSIONID=1; Path=/"})) as site:
        client = transport(site.url)
        client.ask(WHAT)
        client.ask(WHAT)
        client.close()
    assert all("Cookie" not in asked.headers for asked in site.asked)


def test_a_rate_limit_that_is_near_spreads_what_is_left_over_the_time_to_its_reset() -> None:
    clock = HandClock()
    reset = datetime.now(timezone.utc) + timedelta(seconds=100)
    near = {
        **JSON,
        "X-RateLimit-NearLimit": "true",
        "X-RateLimit-Remaining": "10",
        "X-RateLimit-Reset": reset.strftime("%Y-%m-%dT%H:%MZ") if reset.second == 0 else reset.isoformat(),
    }
    with scripted(lambda _: Said(headers=near)) as site:
        client = transport(site.url, clock)
        client.ask(WHAT)
        client.ask(WHAT)
        client.close()
    assert sum(clock.sleeps) == pytest.approx(10, abs=1.5)


def test_the_servers_clock_is_reckoned_on_between_answers() -> None:
    clock = HandClock()
    with scripted(lambda _: Said()) as site:
        client = transport(site.url, clock)
        seen = client.ask(WHAT).observed_at
        clock.now += 90
        later = client.server_now()
        client.close()
    elapsed = datetime.fromisoformat(later.replace("Z", "+00:00")) - datetime.fromisoformat(seen.replace("Z", "+00:00"))
    assert elapsed.total_seconds() == pytest.approx(90, abs=0.01)


@pytest.mark.parametrize(("rate", "count"), [(5, 23), (1, 4), (0.5, 3), (2.5, 9)])
def test_no_second_sees_more_requests_than_allowed(rate: float, count: int) -> None:
    clock = HandClock()
    throttle = Throttle(rate, Waiter(clock, Counters()))
    starts = []
    for _ in range(count):
        throttle.acquire()
        starts.append(clock.now)
    window = max(1.0, 1 / rate)
    for start in starts:
        inside = [other for other in starts if start <= other < start + window - 1e-6]
        assert len(inside) <= max(1, rate)
    assert starts[-1] - starts[0] >= (count - max(1, int(rate))) / rate - 1e-6


def test_a_thread_that_is_told_to_wait_holds_the_others_too() -> None:
    clock = HandClock()
    throttle = Throttle(1000, Waiter(clock, Counters()))
    throttle.acquire()
    throttle.hold(42, "429")
    begun = clock.now
    throttle.acquire()
    assert clock.now - begun >= 42


def test_broken_text_inside_sound_json_is_replaced_not_refused() -> None:
    assert decode(b'{"a": "x\\ud800y"}') == {"a": "x\ufffdy"}
    assert decode(b'{"a": "\xff"}') == {"a": "\ufffd"}
    for cut in (b'{"a": ', b"", b"NaN", b"[" * 100_000):
        with pytest.raises(TruncatedError):
            decode(cut)


@given(st.binary(max_size=60))
def test_no_bytes_make_the_decoder_stumble(body: bytes) -> None:
    try:
        data = decode(body)
    except TruncatedError:
        return
    json.dumps(data).encode("utf-8")


class Limited:
    """A server, or a proxy before it, that bears one request each ``interval`` seconds of the clock (FACTS 5.5)."""

    def __init__(self, clock: HandClock, interval: float) -> None:
        self.clock = clock
        self.interval = interval
        self.last = float("-inf")
        self.refused = 0

    def __call__(self, _: Asked) -> Said:
        if self.clock.now - self.last < self.interval:
            self.refused += 1
            return Said(429, b'{"message": "Rate limit exceeded."}')
        self.last = self.clock.now
        return Said()


@pytest.mark.parametrize("interval", [0.1, 0.2, 1, 1.3])
def test_a_rate_is_learnt_from_refusals_that_name_no_time(interval: float, caplog: pytest.LogCaptureFixture) -> None:
    clock = HandClock()
    server = Limited(clock, interval)
    with scripted(server) as site:
        client = transport(site.url, clock, requests_per_second=20)
        for _ in range(200):
            client.ask(WHAT)
        client.close()
    assert server.refused <= 25, "and not two of three"
    assert clock.now - 1000 <= 200 * interval * 2.2 + 40
    said = [record.getMessage() for record in caplog.records if "requests_per_second" in record.getMessage()]
    assert said
    assert "times a second" in said[0]


def test_refusals_of_what_began_before_the_first_was_known_teach_nothing_new() -> None:
    clock = HandClock()
    throttle = Throttle(20, Waiter(clock, Counters()))
    starts = [throttle.acquire() for _ in range(5)]
    assert [throttle.refused(start) for start in starts] == [10, None, None, None, None]
    clock.now += 1
    assert throttle.refused(throttle.acquire()) == 5


def test_all_threads_keep_to_the_rate_that_one_has_learnt() -> None:
    clock = HandClock()
    throttle = Throttle(20, Waiter(clock, Counters()))
    throttle.refused(throttle.acquire())
    starts = [throttle.acquire() for _ in range(10)]
    assert min(later - sooner for sooner, later in itertools.pairwise(starts)) >= 0.1 - 1e-6


def test_refusals_that_have_nothing_to_do_with_the_rate_do_not_make_it_slower_and_slower() -> None:
    clock = HandClock()
    dice = random.Random(1)
    with scripted(lambda _: Said(429) if dice.random() < 0.2 else Said()) as site:
        client = transport(site.url, clock, requests_per_second=20)
        for _ in range(200):
            client.ask(WHAT)
        begun = clock.now
        client.ask(WHAT)
        client.close()
    assert clock.now - begun < 10
    assert begun - 1000 < 600


def test_a_turn_that_was_lost_by_a_hold_leaves_no_gap() -> None:
    clock = HandClock()
    throttle = Throttle(20, Waiter(clock, Counters()))
    throttle.refused(throttle.acquire())

    class Held(HandClock):
        """While one waits for its turn, the others are told to wait again and again."""

        def sleep(self, seconds: float) -> bool:
            if len(self.sleeps) < 50:
                throttle.hold(seconds + 1, "429")
            return super().sleep(seconds)

    held = Held()
    throttle = Throttle(20, Waiter(held, Counters()))
    throttle.refused(throttle.acquire())
    begun = held.now
    throttle.acquire()
    throttle.acquire()
    assert held.now - begun < 50 * 1.3, "the holds, and no turn more"


def test_after_the_last_retry_the_setting_is_named() -> None:
    with scripted(lambda _: Said(429)) as site:
        client = transport(site.url, max_retries=2)
        with pytest.raises(ConfluenceRateLimitError, match="requests_per_second"):
            client.ask(WHAT)
        client.close()


def test_a_quota_that_names_the_time_of_its_reset_teaches_no_rate() -> None:
    clock = HandClock()
    refused = Said(429, b"{}", {**JSON, "Retry-After": "1800"})
    with scripted(in_turn(refused, *[Said()] * 21)) as site:
        client = transport(site.url, clock, requests_per_second=20)
        client.ask(WHAT)
        begun = clock.now
        for _ in range(20):
            client.ask(WHAT)
        client.close()
    assert clock.now - begun < 2
