"""What is kept of the latest messages: made once, bounded in number and in weight, never that of another content."""

from __future__ import annotations

import threading

import pytest

from pdp_bridge.validation.recent import Recent


@pytest.fixture
def made():
    """What was made, in order."""
    return []


def kept(made, **bounds) -> Recent:
    return Recent(lambda source: made.append(source) or source.upper(), **bounds)


def test_each_is_made_once_while_it_is_kept(made):
    upper = kept(made)
    assert [upper(one) for one in ("a", "b", "a", "b")] == ["A", "B", "A", "B"]
    assert made == ["a", "b"]


def test_the_content_counts_not_the_object(made):
    upper = kept(made)
    assert upper(b"one, two") == upper(b"one, " + b"two") == b"ONE, TWO"
    assert made == [b"one, two"]


def test_the_one_not_asked_for_longest_goes_first(made):
    upper = kept(made, most=2)
    for one in ("a", "b", "a", "c", "a", "b"):
        upper(one)
    assert made == ["a", "b", "c", "b"]
    assert len(upper) == 2


def test_no_more_is_kept_than_the_weight_allows(made):
    upper = kept(made, weight=10)
    for one in ("aaaa", "bbbb", "cccc", "bbbb", "cccc", "aaaa"):
        upper(one)
    assert made == ["aaaa", "bbbb", "cccc", "aaaa"]


def test_one_that_is_too_heavy_is_kept_alone_until_the_next(made):
    upper = kept(made, weight=10)
    for one in ("a", "b" * 99, "b" * 99, "a", "b" * 99):
        upper(one)
    assert made == ["a", "b" * 99, "a", "b" * 99]
    assert len(upper) == 1


def test_what_is_raised_is_not_kept():
    answers = iter([ValueError("not now"), "later"])

    def make(_):
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    once = Recent(make)
    with pytest.raises(ValueError, match="not now"):
        once("a")
    assert once("a") == "later"


def test_two_threads_that_make_the_same_at_once_leave_its_weight_counted_once():
    both = threading.Barrier(2)

    def make(source):
        both.wait(timeout=10)
        return source

    slow = Recent(make, weight=5)
    threads = [threading.Thread(target=slow, args=("aaa",)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    slow._make = str.upper
    slow("bb")
    assert len(slow) == 2  # together they weigh 5, which is allowed
