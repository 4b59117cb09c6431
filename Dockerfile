# An image with the bot alone: no compiler, no package index, no write access but to /data and /tmp.
#     docker build --tag research-brief .
# For a build that can be repeated to the byte, give the base by digest: --build-arg PYTHON=python@sha256:...
ARG PYTHON=python:3.12-slim-bookworm

# hadolint ignore=DL3006
FROM ${PYTHON} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
RUN python -m venv /opt/brief
# The dependencies first: a change of the program does not install them again. Each is checked against its hash.
COPY requirements.lock ./
RUN /opt/brief/bin/pip install --no-cache-dir --require-hashes --requirement requirements.lock
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY bot bot
COPY pipeline pipeline
COPY prompts prompts
RUN /opt/brief/bin/pip install --no-cache-dir --no-deps --no-build-isolation . \
    && /opt/brief/bin/brief --help >/dev/null

# hadolint ignore=DL3006
FROM ${PYTHON}
RUN useradd --system --uid 10001 --user-group --home-dir /data --create-home brief
COPY --from=build /opt/brief /opt/brief
ENV PATH=/opt/brief/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    BRIEF_HOME=/data \
    BRIEF_CONFIG=/config/brief.toml
USER 10001:10001
WORKDIR /data
VOLUME ["/data"]
# Asks /healthz: set [health] port in brief.toml, or use the HTTP transport.
HEALTHCHECK --interval=30s --timeout=10s --start-period=90s --retries=3 CMD ["brief", "alive"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["brief"]
CMD ["run"]
