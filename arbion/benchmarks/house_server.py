"""The house's own stream on a loopback port: the real application behind uvicorn, and a market that ticks if asked."""

from __future__ import annotations

import threading
import time

import uvicorn

from arbion.benchmarks import servers
from arbion.benchmarks.servers import Turn

WS_BYTES_MAX = 65_536


def main() -> None:
    """Serve until the lines from who started this process end."""
    # The application sets Django up; models may be loaded after it only.
    from arbion.asgi import application  # noqa: PLC0415

    place = servers.loopback()
    config = uvicorn.Config(
        application, log_config=None, access_log=False, lifespan="off", proxy_headers=False, ws_max_size=WS_BYTES_MAX
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [place]}, name="server", daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    servers.say({"port": place.getsockname()[1]})
    servers.obey(_market())
    server.should_exit = server.force_exit = True
    thread.join(5)


def _market() -> servers.PublishTurn:
    from arbion.benchmarks import world  # noqa: PLC0415
    from arbion.lib.clock import SYSTEM  # noqa: PLC0415
    from marketdata import fanout, quotes  # noqa: PLC0415
    from marketdata.frames import timestamp  # noqa: PLC0415
    from marketdata.models import Instrument  # noqa: PLC0415
    from marketdata.simulator.market import SimulatedMarket  # noqa: PLC0415

    market = SimulatedMarket(list(Instrument.objects.all()), seed=world.SEED)

    def publish(_: Turn) -> tuple[str, float]:
        now = SYSTEM.now()
        batch = market.tick(now)
        quotes.record(batch)
        moment = time.monotonic()
        fanout.publish_quotes(batch)
        return timestamp(now), moment

    return publish


if __name__ == "__main__":
    main()
