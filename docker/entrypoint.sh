#!/bin/sh
# What a container does, by its first word; anything else is a manage.py command.
set -eu

case "${1:-web}" in
  web)
    exec granian --interface wsgi --host 0.0.0.0 --port 8000 --no-ws --log-config prm/granian-logs.json \
      --workers "${WEB_WORKERS:-2}" --blocking-threads "${WEB_THREADS:-4}" prm.wsgi:application ;;
  worker)
    exec celery -A prm.celery worker --loglevel INFO --concurrency "${WORKER_CONCURRENCY:-2}" \
      --without-gossip --without-mingle ;;
  beat)
    # An empty pid file: a stale one would block the start.
    exec celery -A prm.celery beat --loglevel INFO --pidfile= ;;
  migrate)
    exec python manage.py migrate --no-input ;;
  *)
    exec python manage.py "$@" ;;
esac
