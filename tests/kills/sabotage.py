"""A program that breaks the road on purpose and runs the kill proof over it, which must not stay green."""

from __future__ import annotations

import sys
from pathlib import Path
from unittest.mock import patch

import django


def main(what: str) -> int:
    """Break one thing, run the proof, and answer 0 where the proof noticed."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    django.setup()
    from arbion.proofs import crash, recovery
    from trading.execution import activities, apply, dispatch

    unlocked = apply.absorb.__wrapped__  # the same function, each statement in a commit of its own
    broken = {
        "no transaction": [patch.object(dispatch, "absorb", unlocked), patch.object(activities, "absorb", unlocked)],
        "no recovery": [patch.object(recovery, "recover", lambda stage, factor: stage.quote(factor))],
        "nothing": [],
    }[what]
    # Few scenes, so that few trials pass each boundary of them.
    broken.append(patch.object(crash, "SCENES", crash.SCENES[:2]))
    for one in broken:
        one.start()
    report = crash.prove(trials=60, seed=3)
    sys.stdout.write(f"{what}: lost {report.lost}, doubled {report.doubled}, wrong {report.wrong}\n")
    return 0 if report.is_clean == (what == "nothing") else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
