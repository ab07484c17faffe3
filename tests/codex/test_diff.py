"""Unified diffs: what difflib writes is applied to exactly the second text; everything else is refused."""

from __future__ import annotations

import difflib

import pytest
from hypothesis import given
from hypothesis import settings as property_settings
from hypothesis import strategies as st

from arbion.codex import diff
from arbion.codex.errors import DiffRefused

LINE = st.text(alphabet=st.sampled_from("ab-+@ \\\t\r\v\f\u2028"), max_size=4)
TEXT = st.builds(lambda lines, end: "\n".join(lines) + end, st.lists(LINE, max_size=12), st.sampled_from(["", "\n"]))
OLD = "one\ntwo\nthree\nfour\n"
GOOD = "--- a/x.py\n+++ b/x.py\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n"


def by_difflib(before: str, after: str, context: int = 3) -> str:
    """What difflib says, with the mark of a missing line end that it leaves out."""
    lines = difflib.unified_diff(diff.lines_of(before), diff.lines_of(after), "a/x", "b/x", n=context)
    return "".join(line if line.endswith("\n") else f"{line}\n{diff.NO_NEWLINE}\n" for line in lines)


@given(TEXT, TEXT, st.integers(0, 4))
@property_settings(max_examples=300)
def test_what_difflib_writes_leads_to_the_second_text(before: str, after: str, context: int) -> None:
    written = by_difflib(before, after, context)
    if before == after:
        assert written == ""
        return
    (patch,) = diff.parse(written)
    assert diff.apply(patch, before) == after
    assert diff.apply(diff.reverse(patch), after) == before


@given(TEXT, TEXT)
@property_settings(max_examples=200)
def test_what_is_made_here_is_read_here(before: str, after: str) -> None:
    if made := diff.make(before, after, "x"):
        (patch,) = diff.parse(made)
        assert (patch.path, patch.is_new, diff.apply(patch, before)) == ("x", False, after)
    if after:
        (fresh,) = diff.parse(diff.make("", after, "x", is_new=True))
        assert (fresh.is_new, diff.apply(fresh, "")) == (True, after)


@given(st.text(alphabet=st.sampled_from("-+@ ab/x\n\\0123,"), max_size=200))
@property_settings(max_examples=300)
def test_any_text_is_read_or_refused(text: str) -> None:
    for said in (text, GOOD + text, diff.recounted(GOOD + text)):
        try:
            patches = diff.parse(said)
        except DiffRefused:
            continue
        assert patches


@given(TEXT, TEXT)
@property_settings(max_examples=200)
def test_counting_anew_changes_no_right_diff(before: str, after: str) -> None:
    written = by_difflib(before, after)
    # Some texts look like the head of the next file; a line of theirs is then no line of the hunk.
    if written and not any(line.startswith(("--- ", "+++ ", "@@ ")) for line in written.split("\n")[3:]):
        assert diff.parse(diff.recounted(written)) == diff.parse(written)


def test_wrong_counts_are_counted_anew() -> None:
    wrong = GOOD.replace("-1,3 +1,3", "-1,9 +1,7")
    with pytest.raises(DiffRefused):
        diff.parse(wrong)
    (patch,) = diff.parse(diff.recounted(wrong))
    assert diff.apply(patch, OLD) == "one\n2\nthree\nfour\n"


def test_a_bare_line_in_a_hunk_is_an_empty_one() -> None:
    said = "--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n one\n\n-two\n+2\n"
    (patch,) = diff.parse(diff.recounted(said))
    assert diff.apply(patch, "one\n\ntwo\n") == "one\n\n2\n"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("", "no change"),
        ("well\n", "only edits"),
        ("--- a/x.py\n+++ b/x.py\n", "1 to"),
        (GOOD.replace("+++ b/x.py", "+++ b/y.py"), "not renamed"),
        (GOOD.replace("+++ b/x.py", "+++ /dev/null"), "not deleted"),
        ("rename from x\nrename to y\n" + GOOD, "only edits"),
        ("old mode 100644\nnew mode 100755\n" + GOOD, "only edits"),
        ("Binary files a/x and b/x differ\n", "only edits"),
        (GOOD.replace("@@ -1,3 +1,3 @@", "@@ -1,3 +2,3 @@"), "out of order"),
        (GOOD.replace("@@ -1,3 +1,3 @@", "@@ -a +b @@"), "head of a hunk"),
        (GOOD.replace("@@ -1,3 +1,3 @@", "@@ -0,0 +0,0 @@"), "without lines"),
        (GOOD.replace(" three\n", "three\n"), "begins with a space"),
        (GOOD.replace(" three\n", ""), "in the middle"),
        (GOOD + "@@ -2,1 +2,1 @@\n-two\n+2\n", "overlap"),
        (GOOD + GOOD, "twice"),
        ("--- /dev/null\n+++ b/x.py\n@@ -1,1 +1,2 @@\n one\n+two\n", "a new file"),
        (GOOD + "\\ No such line\n", "begins with a backslash"),
        ("x" * (diff.DIFF_MAX + 1), "longer than"),
    ],
)
def test_what_is_no_plain_edit_is_refused(said: str, why: str) -> None:
    with pytest.raises(DiffRefused, match=why):
        diff.parse(said)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("one\nTWO\nthree\nfour\n", "line 2 of the file is 'TWO"),
        ("one\n two\nthree\n", "line 2"),
        ("one\ntwo\n", "ends before line 3"),
        ("", "ends before line 1"),
        ("zero\none\ntwo\nthree\n", "line 1"),
    ],
)
def test_a_patch_fits_letter_by_letter_or_not_at_all(text: str, why: str) -> None:
    (patch,) = diff.parse(GOOD)
    with pytest.raises(DiffRefused, match=why):
        diff.apply(patch, text)


def test_a_line_without_its_end_stands_last() -> None:
    said = f"--- a/x\n+++ b/x\n@@ -1,1 +1,1 @@\n-one\n+1\n{diff.NO_NEWLINE}\n"
    (patch,) = diff.parse(said)
    assert diff.apply(patch, "one\n") == "1"
    with pytest.raises(DiffRefused, match="without its end"):
        diff.apply(patch, OLD)
