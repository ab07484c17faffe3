"""What runs in the throw-away process: build the database, measure what was named, answer in one line of JSON."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser

import django


def main(arguments: list[str]) -> int:
    """Measure."""
    parser = ArgumentParser()
    parser.add_argument("names", nargs="+")
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--small", action="store_true")
    asked = parser.parse_args(arguments)
    django.setup()

    # Loaded once Django stands.
    from django.core.management import call_command  # noqa: PLC0415

    from arbion.benchmarks import candles, fanout, guarded, orders, resting, sentences, ticks, verdicts  # noqa: PLC0415
    from arbion.proofs import sandbox  # noqa: PLC0415

    if not sandbox.is_inside():
        sys.stderr.write("This measures on a database that was made for it; run manage.py bench.\n")
        return 1
    call_command("migrate", verbosity=0)
    known = {
        "orders": orders.measure,
        "ticks": ticks.measure,
        "resting": resting.measure,
        "candles": candles.measure,
        "reader": sentences.measure,
        "fanout": fanout.measure,
        "verdicts": verdicts.measure,
        "stops": guarded.measure,
    }
    answer = {name: known[name](seconds=asked.seconds, small=asked.small) for name in asked.names}
    sys.stdout.write(json.dumps(answer) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
