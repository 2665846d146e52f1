"""Limits kept ahead of time: never too many in any window, and never a wait that nobody asked for."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from pdp_bridge.pacing import Pace, Window, pauses, retry_after


class Time:
    """A clock that only moves when somebody sleeps, or when told."""

    def __init__(self):
        self.now = 100.0

    def sleep(self, seconds):
        assert seconds > 0
        self.now += seconds


def pace(time, *windows):
    return Pace(tuple(windows), monotonic=lambda: time.now, sleep=time.sleep)


@given(
    st.lists(st.floats(0, 3), min_size=1, max_size=60),
    st.integers(1, 5),
    st.integers(1, 12),
)
def test_no_window_ever_holds_more_than_its_requests(gaps, few, many):
    time = Time()
    windows = (Window(requests=few, seconds=2.0), Window(requests=many, seconds=10.0))
    paced = pace(time, *windows)
    made = []
    for gap in gaps:
        time.now += gap
        paced.wait()
        made.append(time.now)
    for window in windows:
        for last, first in zip(made[window.requests :], made, strict=False):
            assert last - first >= window.seconds - 1e-9


def test_a_wait_too_long_is_refused_and_takes_no_slot():
    time = Time()
    paced = pace(time, Window(requests=1, seconds=100.0))
    assert paced.wait(at_most=0.0)
    assert not paced.wait(at_most=99.0)
    assert time.now == 100.0
    time.now += 1.0
    assert paced.wait(at_most=99.0)
    assert time.now == 200.0


def test_a_pause_asked_for_holds_even_without_windows():
    time = Time()
    paced = pace(time)
    paced.hold(30.0)
    paced.hold(5.0)
    paced.wait()
    assert time.now == 130.0
    paced.wait()
    assert time.now == 130.0


def test_pauses_double_up_to_their_cap():
    assert [round(pause / 10) for pause in pauses(10.0, attempts=3)] in ([1, 2, 3], [1, 2, 4])
    assert all(240 <= pause <= 300 for pause in list(pauses(100.0, attempts=5))[2:])
    assert list(pauses(10.0, attempts=0)) == []


def test_retry_after_in_every_form():
    now = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
    assert retry_after({"Retry-After": "37"}, now=now) == 37.0
    assert retry_after({"retry-after": " 5 "}, now=now) == 5.0
    assert retry_after({"Retry-After": "Fri, 20 Nov 2026 09:00:41 GMT"}, now=now) == 41.0
    assert retry_after({"Retry-After": "Fri, 20 Nov 2026 09:00:41 -0000"}, now=now) == 41.0
    assert retry_after({"Retry-After": "Fri, 20 Nov 2020 09:00:41 GMT"}, now=now) == 0.0
    for garbage in ("", "soon", "²", "-3", "1.5"):
        assert retry_after({"Retry-After": garbage}, now=now) is None
    assert retry_after({}, now=now) is None
