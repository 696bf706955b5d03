# One image for every process of a vault; the command says which. Build it from the root of the repository.
#
# Base images are pinned by version tag. A digest can only be looked up at an image registry: pin it when you build for
# others, and write it behind the tag (name:tag@sha256:…).

# ---- app: what people open in a browser, built from its sources ----
FROM node:22-trixie-slim AS app
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
COPY sdk/typescript sdk/typescript
COPY sdk/web sdk/web
RUN npm ci --no-update-notifier && npm run --workspace sdk/web build

# ---- build: the wheel, and an environment with exactly what requirements/server.txt names ----
FROM python:3.11-slim-trixie AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_INPUT=1
WORKDIR /build
COPY requirements/build.txt requirements/server.txt requirements/
# pip takes packages from wherever the builder's own settings say; the hashes decide what is accepted.
RUN python -m venv /opt/planetvault \
    && /opt/planetvault/bin/pip install --require-hashes --only-binary :all: -r requirements/server.txt \
    && python -m venv /opt/building \
    && /opt/building/bin/pip install --require-hashes -r requirements/build.txt
COPY pyproject.toml README.md LICENSE ./
COPY anchor anchor
COPY vault vault
COPY sdk/python sdk/python
COPY --from=app /build/vault/web/assets vault/web/assets
RUN /opt/building/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
    && /opt/planetvault/bin/pip install --no-deps --no-index /wheels/*.whl \
    && /opt/planetvault/bin/python -m compileall -q /opt/planetvault/lib

# ---- chain: the development chain alone. It forgets everything when it stops. ----
FROM node:22-trixie-slim AS chain
WORKDIR /chain
COPY package.json package-lock.json .npmrc ./
COPY sdk/typescript/package.json sdk/typescript/package.json
COPY sdk/web/package.json sdk/web/package.json
RUN npm ci --no-update-notifier
USER node
ENTRYPOINT ["/chain/node_modules/.bin/anvil"]

# ---- vault: what runs. The last stage is the one that `docker build` makes. ----
FROM python:3.11-slim-trixie AS vault
# pg_dump and pg_restore, for `backup`. Debian 13 brings version 17, the one that compose.yaml runs.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends postgresql-client-17 \
    && rm -rf /var/lib/apt/lists/*
# The number is fixed, so that secret files on the host can belong to it.
RUN groupadd --gid 10001 planetvault \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin planetvault \
    && install -d -o planetvault -g planetvault -m 0700 /var/lib/planetvault /var/lib/planetvault/objects /var/lib/witness /var/backups/planetvault
COPY --from=build /opt/planetvault /opt/planetvault
ENV PATH=/opt/planetvault/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PLANETVAULT_FOLDER=/var/lib/planetvault
USER 10001:10001
WORKDIR /var/lib/planetvault
EXPOSE 8000
ENTRYPOINT ["python", "-m", "vault"]
CMD ["serve", "--host", "0.0.0.0"]
