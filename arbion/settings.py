"""Every setting, in one file: paths, mode, Django, database, queues, security, market, logging.

Embedded mode (the default) makes its own secrets and listens on loopback; production mode refuses to start half-dressed
(see `arbion.production`).
"""

import atexit
import hashlib
import os
import shutil
import sys
import tempfile
from pathlib import Path

import django_stubs_ext
import environ
from csp.constants import NONE, SELF

from arbion.environment import Environment
from arbion.production import MODES, embedded_secret, make_folder, refuse_unsafe_production

django_stubs_ext.monkeypatch()
env = Environment()

# Paths ---------------------------------------------------------------------------------------------------------------
BASE_DIR = Path(__file__).resolve().parent.parent
TESTING = "pytest" in sys.modules
if TESTING:  # never the developer's own settings, database or secrets
    DATA_DIR = Path(tempfile.mkdtemp(prefix="arbion-tests-"))
    atexit.register(shutil.rmtree, DATA_DIR, ignore_errors=True)
else:
    environ.Env.read_env(str(BASE_DIR / ".env"))
    DATA_DIR = Path(env.text("ARBION_DATA_DIR", str(BASE_DIR / ".data"))).absolute()

# Mode ----------------------------------------------------------------------------------------------------------------
ARBION_MODE = "embedded" if TESTING else env.choice("ARBION_MODE", "embedded", MODES)
EMBEDDED = ARBION_MODE == "embedded"
if EMBEDDED and not TESTING:
    os.umask(0o077)  # before the first file: whoever else uses this machine reads no book and no secret
DEBUG = env.flag("DEBUG", False)

# Secrets -------------------------------------------------------------------------------------------------------------
SECRET_KEY = env.text("SESSION_SECRET", "") or (embedded_secret(DATA_DIR, "session_secret") if EMBEDDED else "")
ENCRYPTION_KEY = env.text("ENCRYPTION_KEY", "") or (embedded_secret(DATA_DIR, "encryption_key") if EMBEDDED else "")
ENCRYPTION_SALT = env.text("ENCRYPTION_SALT", "") or (embedded_secret(DATA_DIR, "encryption_salt") if EMBEDDED else "")
# Two installations on one Redis do not hear each other: database numbers do not part its channels.
INSTALLATION = hashlib.sha256(b"channels " + SECRET_KEY.encode()).hexdigest()[:16]

# Django --------------------------------------------------------------------------------------------------------------
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", ["127.0.0.1", "localhost", "[::1]"] if EMBEDDED else [])
PUBLIC_URL = env.text("PUBLIC_URL", "http://127.0.0.1:8000")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS", [] if EMBEDDED else [PUBLIC_URL])
ROOT_URLCONF = "arbion.urls"
ASGI_APPLICATION = "arbion.asgi.application"
INSTALLED_APPS = [
    "arbion.apps.ArbionAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "rest_framework",
    "drf_spectacular",
    "channels",
    "allauth",
    "allauth.account",
    "django_celery_beat",
    "arbion.apps.RoofConfig",
    "arbion.codex.apps.CodexConfig",
    "accounts",
    "marketdata",
    "brokers",
    "riskdesk",
    "trading",
]
MIDDLEWARE = [
    "accounts.middleware.RequestContextMiddleware",
    "accounts.ceiling.ApiCeilingMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "accounts.viewing.ViewingMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "arbion.context.frame",
            ],
            "builtins": ["arbion.lib.templatetags.arbion"],
            "libraries": {"room": "arbion.lib.templatetags.room"},
        },
    }
]
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = DATA_DIR / "static"
if EMBEDDED:  # files are served from where they lie; the empty folder keeps the server of static files from warning
    make_folder(STATIC_ROOT)
WHITENOISE_USE_FINDERS = EMBEDDED
WHITENOISE_AUTOREFRESH = DEBUG
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATA_UPLOAD_MAX_MEMORY_SIZE = env.whole("MAX_BODY_BYTES", 262_144, least=1024)
SITE_NAME = "Arbion"

# Database ------------------------------------------------------------------------------------------------------------
# SQLite takes the write lock at BEGIN (IMMEDIATE) so that no transaction fails half-way for a lock; FULL keeps the last
# commit through a power cut. PostgreSQL connections are not kept between requests: under ASGI they would leak.
SQLITE_URL = f"sqlite:///{DATA_DIR / 'arbion.sqlite3'}"
DATABASE_URL = env.database("TEST_DATABASE_URL", SQLITE_URL) if TESTING else env.database("DATABASE_URL", SQLITE_URL)
DATABASES = {"default": environ.Env.db_url_config(DATABASE_URL)}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    }
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
else:
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 5,
        "pool": {"min_size": 0, "max_size": env.whole("DATABASE_POOL_SIZE", 8, least=1, most=1000), "timeout": 10},
    }

# Cache, channels, Celery ---------------------------------------------------------------------------------------------
REDIS_URL = "" if TESTING else env.redis("REDIS_URL")
SILENCED_SYSTEM_CHECKS: list[str] = []
if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "KEY_PREFIX": INSTALLATION,
            "LOCATION": REDIS_URL,
            "OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 2},
        }
    }
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [REDIS_URL], "prefix": f"arbion.{INSTALLATION}"},
        }
    }
else:
    # Roomy, because the limits live in it: a full cache forgets entries, and with them attempts that were counted.
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "OPTIONS": {"MAX_ENTRIES": 200_000},
        }
    }
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    # One process: the local-memory cache is shared by all its threads, so its limits are truthful.
    SILENCED_SYSTEM_CHECKS += ["django_ratelimit.E003", "django_ratelimit.W001"]
# Celery has words of its own for a socket in the file system.
CELERY_BROKER_URL = (
    REDIS_URL.replace("unix://", "redis+socket://", 1).replace("?db=", "?virtual_host=", 1) or "memory://"
)
CELERY_BROKER_TRANSPORT_OPTIONS = {} if REDIS_URL else {"polling_interval": 0.05}
CELERY_TASK_IGNORE_RESULT = CELERY_TASK_ACKS_LATE = CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 2
DJANGO_CELERY_BEAT_TZ_AWARE = True
AFTER_COMMIT = (
    "at_once"
    if TESTING
    else env.choice("AFTER_COMMIT", "thread" if EMBEDDED else "celery", ("thread", "celery", "at_once"))
)
# Whether notices wait for the outbox's next round instead of being sent right after their commit.
NOTICES_WAIT = False

# People --------------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "accounts.passwords.PasswordShapeValidator"},
]
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = env.choice(
    "EMAIL_VERIFICATION", "none" if EMBEDDED else "mandatory", ("none", "optional", "mandatory")
)
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_FORMS = {
    "login": "accounts.forms.SignInForm",
    "signup": "accounts.forms.SignUpForm",
    "change_password": "accounts.forms.NewPasswordForm",
    "reset_password": "accounts.forms.ForgottenPasswordForm",
    "reset_password_from_key": "accounts.forms.ResetPasswordForm",
}
# Our own limits (accounts.limits) stand at these doors: they count atomically and refuse when they cannot.
ACCOUNT_RATE_LIMITS = dict.fromkeys(
    ["login", "login_failed", "signup", "reset_password", "reset_password_from_key", "change_password"]
)
ACCOUNT_EMAIL_NOTIFICATIONS = True
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/desk/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
EMAIL_CONFIG = env.mail("EMAIL_URL", "consolemail://")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "Arbion <arbion@localhost>")
VAPID_SECRET = env.text("VAPID_SECRET", "") or (embedded_secret(DATA_DIR, "vapid_secret") if EMBEDDED else "")
TELEGRAM_BOT_TOKEN = env.text("TELEGRAM_BOT_TOKEN", "")
TELEGRAM_BOT_NAME = env.text("TELEGRAM_BOT_NAME", "")
OWNER_EMAIL = env.text("ARBION_OWNER_EMAIL", "owner@arbion.localhost")
OWNER_PASSWORD = env.text("ARBION_OWNER_PASSWORD", "")
API_TOKEN_DAYS = env.whole("API_TOKEN_DAYS", 90, least=1, most=3650)

# Security ------------------------------------------------------------------------------------------------------------
TRUSTED_PROXIES = env.whole("TRUSTED_PROXIES", 0, most=16)
RATE_LOGIN_ACCOUNT = env.rate("RATE_LOGIN_ACCOUNT", "5/m")
RATE_LOGIN_ADDRESS = env.rate("RATE_LOGIN_ADDRESS", "10/m")
RATE_SIGNUP = env.rate("RATE_SIGNUP", "5/h")
RATE_RESET = env.rate("RATE_RESET", "5/h")
RATE_WRONG_TOKENS = env.rate("RATE_WRONG_TOKENS", "30/m")
RATE_API = env.rate("RATE_API", "1200/m")
RATE_ORDERS = env.rate("RATE_ORDERS", "10/m")
SESSION_COOKIE_HTTPONLY = SECURE_CONTENT_TYPE_NOSNIFF = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_REFERRER_POLICY = SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if not EMBEDDED:
    SESSION_COOKIE_NAME = "__Host-arbion"
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^health/"]
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}

# REST ----------------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.api.authentication.ApiTokenAuthentication",
        "accounts.api.authentication.BrowserSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.api.permissions.IsSignedIn"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["arbion.lib.api.StrictJSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "arbion.lib.formats.KnownFormats",
    "DEFAULT_PAGINATION_CLASS": "arbion.lib.api.NewestFirst",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "arbion.lib.api.problem_details",
    "PAGE_SIZE": 50,
    "COERCE_DECIMAL_TO_STRING": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Arbion",
    "DESCRIPTION": "What mobile apps, scripts and other programs rely on.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "OrderStatusEnum": "arbion.domain.enums.OrderStatus",
        "LedgerKindEnum": "trading.models.LedgerKind",
        "ChannelEnum": "accounts.notifications.preferences.CHANNEL_CHOICES",
        "GroupKindEnum": "arbion.domain.enums.GroupKind",
        "CashKindEnum": "trading.models.CashKind",
        "StopKindEnum": "riskdesk.stops.StopKind",
        "StopStatusEnum": "trading.models.StopStatus",
        "GuardedAtEnum": "trading.models.GuardedAt",
        "WishStatusEnum": "trading.models.WishStatus",
        "TokenScopeEnum": "accounts.models.token.Scope",
        "HaltScopeEnum": "trading.models.halt.HaltScope",
        "RepeatIntervalEnum": "trading.models.schedule.Interval",
        "CodexStatusEnum": "arbion.codex.models.TaskStatus",
        "HaltAskedEnum": "trading.api.risk.SCOPES",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "arbion.lib.openapi.add_problems",
    ],
}

# Market --------------------------------------------------------------------------------------------------------------
TICK_INTERVAL_SECS = env.number("TICK_INTERVAL_SECS", 2.0, least=0.05, most=3600)
MAX_TICK_PCT = env.number("MAX_TICK_PCT", 0.05, least=0.0001, most=0.5)
# A day of what has no figures of its own; a year is 252 such days, so 2.5 % and (by the square root) 32 %.
DEFAULT_DRIFT = env.number("DEFAULT_DRIFT", 0.0001, least=-0.03, most=0.03)
DEFAULT_VOLATILITY = env.number("DEFAULT_VOLATILITY", 0.02, least=0.0, most=0.6)
MARKET_SEED = env.whole("MARKET_SEED", 20261120)
MARKET_TIMEZONE = env.zone("MARKET_TIMEZONE", "America/New_York")
MARKET_ALWAYS_OPEN = env.flag("MARKET_ALWAYS_OPEN", EMBEDDED)
CANDLE_BACKFILL_DAYS = env.whole("CANDLE_BACKFILL_DAYS", 30, most=3650)
QUOTE_AGE_SECONDS_MAX = env.whole("QUOTE_AGE_SECONDS_MAX", 15, least=1)
# What the stop monitor promises: a look at least this often. After two such periods without one it counts as silent.
MONITOR_PERIOD_SECS = env.number("MONITOR_PERIOD_SECS", 10.0, least=1, most=3600)
OPENING_CASH = env.amount("OPENING_CASH", "100000")
CASH_MOVE_MAX = env.amount("CASH_MOVE_MAX", "1000000")
CASH_BALANCE_MAX = env.amount("CASH_BALANCE_MAX", "10000000")
# Stops rest at the simulated exchange too, as they do at a broker; else each of its ticks is seen here.
SIMULATED_RESTS_STOPS = env.flag("SIMULATED_RESTS_STOPS", False)
# A price may stand beyond a stop that rests at its venue for so long before the stop is carried out here.
STOP_GRACE_SECONDS = env.whole("STOP_GRACE_SECONDS", 10, least=1)
# A preview may be confirmed for so long, and while the price is at most so many percent from the one it showed.
PREVIEW_SECONDS = env.whole("PREVIEW_SECONDS", 60, least=5, most=600)
PREVIEW_BAND_PERCENT = env.amount("PREVIEW_BAND_PERCENT", "1")
PREVIEW_BAND_PERCENT_CRYPTO = env.amount("PREVIEW_BAND_PERCENT_CRYPTO", "2")
CASH_MOVES_A_DAY = env.whole("CASH_MOVES_A_DAY", 20, least=1)

# Language models -----------------------------------------------------------------------------------------------------
OPENAI_API_KEY = "" if TESTING else env.text("OPENAI_API_KEY")
OPENAI_BASE_URL = env.provider("OPENAI_BASE_URL", "https://api.openai.com/v1")
OPENAI_API = env.choice(
    "OPENAI_API", "responses" if "//api.openai.com/" in OPENAI_BASE_URL else "chat", ("responses", "chat")
)
OPENAI_MODELS = {
    "analysis": env.text("ARBION_OPENAI_MODEL_ANALYSIS", "gpt-5.5"),
    "fast": env.text("ARBION_OPENAI_MODEL_FAST", "gpt-6-luna"),
    "reasoning": env.text("ARBION_OPENAI_MODEL_REASONING", "gpt-5.5"),
    "code": env.text("ARBION_OPENAI_MODEL_CODE", "gpt-5.5"),
    "transcription": env.text("ARBION_OPENAI_MODEL_TRANSCRIBE", "gpt-transcribe"),
}
OPENAI_TIMEOUT_SECS = env.number("OPENAI_TIMEOUT_SECS", 60.0, least=1, most=600)
# What the house's key pays for. A key of a person's own is their own affair.
MODEL_TOKENS_A_DAY = env.whole("MODEL_TOKENS_A_DAY", 200_000)
MODEL_TOKENS_A_DAY_HOUSE = env.whole("MODEL_TOKENS_A_DAY_HOUSE", 2_000_000)
MODEL_MONEY_A_DAY = env.amount("MODEL_MONEY_A_DAY", "") if env.text("MODEL_MONEY_A_DAY") else ""
CODEX_ENABLED = not TESTING and env.flag("CODEX_ENABLED", False)
CODEX_WORKSPACE = env.folder("CODEX_WORKSPACE", "", apart_from=DATA_DIR) if CODEX_ENABLED else ""

# Logging -------------------------------------------------------------------------------------------------------------
LOG_LEVEL = env.choice("LOG_LEVEL", "WARNING" if TESTING else "INFO", ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "redact": {"()": "arbion.lib.redact.RedactSecrets"},
        "without_probes": {"()": "arbion.health.quiet.WithoutProbes"},
    },
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["redact"]},
        "table": {"class": "arbion.system_log.SystemLogHandler"},
    },
    # The table first: the console's filter puts the figures into the words that the table counts by. Tests attach it.
    "root": {"handlers": ["console"] if TESTING else ["table", "console"], "level": LOG_LEVEL},
    "loggers": {
        "celery": {"level": "WARNING"},  # a line for each task that came and went says nothing
        "django_celery_beat": {"level": "WARNING"},
        "kombu": {"level": "ERROR"},
        "uvicorn": {"level": "WARNING"},
        # At DEBUG these would write down what was asked of a language model, and with which key.
        **{name: {"level": "WARNING"} for name in ("openai", "httpx2", "httpcore2")},
        "django.request": {"level": "ERROR", "filters": ["without_probes"]},  # what people mistyped is no news
    },
}

if not EMBEDDED:
    refuse_unsafe_production(
        debug=DEBUG,
        hosts=ALLOWED_HOSTS,
        database_url=DATABASE_URL,
        redis_url=REDIS_URL,
        secrets={"ENCRYPTION_KEY": ENCRYPTION_KEY, "ENCRYPTION_SALT": ENCRYPTION_SALT, "SESSION_SECRET": SECRET_KEY},
    )
