"""The application as servers load it: HTTP by Django, WebSockets by Channels."""

from __future__ import annotations

import os
import warnings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "arbion.settings")
# Static files are small: reading one whole before it is sent is what we want.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")

from django.conf import settings  # noqa: E402
from django.core.asgi import get_asgi_application  # noqa: E402

from arbion.lib.body_limit import limit_body  # noqa: E402

# A minute of speech is larger than any other body; what is around the recording takes a little more.
RECORDING_BYTES_MAX = 10 * 1024 * 1024 + 16 * 1024
http_application = limit_body(
    get_asgi_application(),
    bytes_max=settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
    larger={"/desk/transcribe/": RECORDING_BYTES_MAX},
)

# The apps must stand before their models are imported.
from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import path  # noqa: E402

from trading.consumers import StreamConsumer  # noqa: E402

# The consumer itself checks host and origin: programs with a token have none.
websocket_patterns = [path("ws/v1/stream/", StreamConsumer.as_asgi())]
application = ProtocolTypeRouter(
    {"http": http_application, "websocket": AuthMiddlewareStack(URLRouter(websocket_patterns))}
)
