# One image for web, worker, beat and migrations; docker/entrypoint.sh tells them apart.
FROM python:3.13-slim AS packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
COPY requirements.txt /tmp/requirements.txt
RUN /opt/venv/bin/pip install --require-hashes --requirement /tmp/requirements.txt

FROM python:3.13-slim
RUN groupadd --gid 10001 prm \
 && useradd --uid 10001 --gid prm --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin prm \
 && install --directory --owner prm --group prm /data
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=prm.settings.prod \
    MEDIA_ROOT=/data/media \
    CELERY_BEAT_SCHEDULE=/tmp/beat-schedule
COPY --from=packages /opt/venv /opt/venv
WORKDIR /srv/prm
COPY . .
# The settings refuse to load without their variables; these are for this step alone and stay out of the image.
RUN python -m prm.ui.assets \
 && SECRET_KEY=only-while-the-image-is-built-and-never-when-it-runs-0123456789 ALLOWED_HOSTS=build.invalid \
    DATABASE_URL=postgres:///none CELERY_BROKER_URL=memory:// REDIS_URL=redis://none EMAIL_URL=dummymail:// \
    python manage.py collectstatic --no-input --verbosity 0 \
 && python -m compileall -q prm partners performance incentives training portal
USER prm
EXPOSE 8000
ENTRYPOINT ["/srv/prm/docker/entrypoint.sh"]
CMD ["web"]
