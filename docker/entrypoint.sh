#!/bin/sh
# One image, five processes: web, engine, monitor, worker, beat (and setup, which prepares the tables). Keep in step with Procfile.
set -eu
process=${1:-web}
[ $# -gt 0 ] && shift
case $process in
  web)
    # Static files belong to this version of the code, so each container collects its own.
    python manage.py collectstatic --no-input --verbosity 0
    exec uvicorn arbion.asgi:application --host "${HOST:-0.0.0.0}" --port "${PORT:-8000}" --workers "${WEB_WORKERS:-2}" \
      --lifespan off --no-proxy-headers --no-server-header --no-access-log --ws-max-size 65536 --timeout-graceful-shutdown 10 "$@" ;;
  engine) exec python manage.py engine "$@" ;;
  monitor) exec python manage.py monitor "$@" ;;
  worker) exec celery --app arbion worker --pool threads --concurrency "${WORKER_THREADS:-8}" --loglevel info "$@" ;;
  beat)   exec celery --app arbion beat --loglevel info --pidfile= "$@" ;;
  setup)  exec python manage.py setup "$@" ;;
  *)      exec "$process" "$@" ;;
esac
