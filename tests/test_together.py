"""Steps taken together: the same results, each in its place, whatever becomes of the others."""

from __future__ import annotations

import pytest

from pdp_bridge.together import alone, together


def test_every_step_is_taken_by_all_before_the_next_by_any():
    taken = []

    def work(name):
        for step in range(3):
            taken.append((step, name))
            yield
        return name * 2

    assert together(work(name) for name in "ab") == ["aa", "bb"]
    assert taken == [(step, name) for step in range(3) for name in "ab"]


def test_who_needs_fewer_steps_keeps_its_place():
    def work(steps):
        for _ in range(steps):
            yield
        return steps

    assert together([work(3), work(0), work(5), work(1)]) == [3, 0, 5, 1]


def test_an_error_stays_in_its_place_and_ends_nobody_else():
    def work(number):
        yield
        if number == 1:
            raise KeyError(number)
        yield
        return number

    first, second, third = together(work(number) for number in range(3))
    assert (first, third) == (0, 2)
    assert isinstance(second, KeyError)


def test_who_interrupts_is_not_kept_from_it():
    def work():
        yield
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        together([work(), work()])


def test_alone_raises_what_is_raised():
    def work():
        yield
        raise KeyError("no")

    with pytest.raises(KeyError, match="no"):
        alone(work())


def test_nothing_together_is_nothing():
    assert together([]) == []
