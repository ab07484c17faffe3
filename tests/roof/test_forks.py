"""Forked workers of the proofs are heard at once: none waits for its turn to speak."""

from __future__ import annotations

import os

from arbion.proofs.forks import Fork, end_all

MUCH = {"word": "x" * 1000}
LINES = 300  # far more than a pipe holds


def test_one_who_says_much_need_not_wait_until_the_others_have_ended():
    reading, writing = os.pipe()

    def waits(say):
        os.read(reading, 1)
        say({"waited": True})

    def speaks(say):
        for _ in range(LINES):
            say(MUCH)
        os.write(writing, b"!")

    first, second = end_all([Fork(waits), Fork(speaks)], seconds_max=20)
    os.close(reading)
    os.close(writing)
    assert (first.heard("waited"), first.was_late) == (True, False)
    assert (len(second.said), second.was_late) == (LINES, False)
