# One image for every process of a vault; the command says which. `make image` builds it, from the root of the repository.
#
# Every stage stands on one base, Debian 13, and takes Python, Node and PostgreSQL's client from Debian's packages. So a
# builder whom no image registry reaches makes that one base with `make base`; docs/decisions/0033-one-base.md says why.
#
# Four secrets may be given to the build, and stay in none of its layers: `ca`, certificates to trust instead of
# Debian's, `pip`, `npm` and `go`, the builder's own settings. The locks' hashes decide what is accepted, whoever delivers it.
ARG BASE=debian:trixie-20260918-slim@sha256:a99cfc517144bc59b1978475ec53b46ecabec7e43635402ee5b77cc54cd1b20a

# ---- packages: what package-lock.json names, for the app and for the chain ----
FROM ${BASE} AS packages
RUN --mount=type=secret,id=ca,target=/usr/local/share/ca-certificates/builder.crt \
    apt-get update && apt-get install --yes --no-install-recommends ca-certificates nodejs npm
ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
COPY sdk/typescript/package.json sdk/typescript/
COPY sdk/web/package.json sdk/web/
RUN --mount=type=secret,id=npm,target=/etc/npmrc npm ci --no-update-notifier

# ---- app: what people open in a browser, built from its sources ----
FROM packages AS app
COPY sdk/typescript sdk/typescript
COPY sdk/web sdk/web
RUN npm run --workspace sdk/web build

# ---- build: the wheel, and an environment with exactly what requirements/server.txt names ----
FROM ${BASE} AS build
RUN --mount=type=secret,id=ca,target=/usr/local/share/ca-certificates/builder.crt \
    apt-get update && apt-get install --yes --no-install-recommends ca-certificates postgresql-client-17 python3-venv
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_INPUT=1
WORKDIR /build
COPY requirements/build.txt requirements/server.txt requirements/
# What installs is an environment of its own: the one that runs has no pip.
RUN --mount=type=secret,id=pip,target=/etc/pip.conf \
    python3 -m venv /opt/building \
    && python3 -m venv --without-pip /opt/planetvault \
    && /opt/building/bin/pip install --require-hashes -r requirements/build.txt \
    && /opt/building/bin/pip --python /opt/planetvault install --require-hashes --only-binary :all: -r requirements/server.txt
COPY pyproject.toml README.md LICENSE ./
COPY anchor anchor
COPY vault vault
COPY sdk/python sdk/python
COPY --from=app /build/vault/web/assets vault/web/assets
RUN /opt/building/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
    && /opt/building/bin/pip --python /opt/planetvault install --no-deps --no-index /wheels/*.whl \
    && /opt/planetvault/bin/python -m compileall -q /opt/planetvault/lib

# ---- chain: the development chain alone. It forgets everything when it stops. ----
FROM ${BASE} AS chain
COPY --from=packages /build/node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil /usr/local/bin/anvil
USER 10001:10001
ENTRYPOINT ["anvil"]

# ---- geth: from its sources ----
FROM ${BASE} AS geth
RUN --mount=type=secret,id=ca,target=/usr/local/share/ca-certificates/builder.crt \
    apt-get update && apt-get install --yes --no-install-recommends ca-certificates golang-go
ENV GOENV=/etc/goenv GOTOOLCHAIN=local
COPY deploy/consortium/build /build/
RUN --mount=type=secret,id=go,target=/etc/goenv /build/build /usr/local/bin/geth

# ---- consortium: a member's validator, and its node ----
FROM ${BASE} AS consortium
RUN install -d -o 10001 -g 10001 -m 0700 /var/lib/consortium
COPY --from=geth /usr/local/bin/geth /usr/local/bin/
COPY deploy/consortium/enter /usr/local/bin/
USER 10001:10001
ENTRYPOINT ["enter"]

# ---- vault: what runs. The last stage is the one that `docker build` makes. ----
FROM ${BASE} AS vault
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates libpq5 python3 \
    && apt-get clean && rm -rf /var/lib/apt/lists/*
# The number is fixed, so that secret files on the host can belong to it.
RUN groupadd --gid 10001 planetvault \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin planetvault \
    && install -d -o planetvault -g planetvault -m 0700 /var/lib/planetvault /var/lib/planetvault/objects /var/lib/witness /var/backups/planetvault
# For `backup`, of version 17 as is the server in compose.yaml. The package itself would bring the whole of Perl.
COPY --from=build /usr/lib/postgresql/17/bin/pg_dump /usr/lib/postgresql/17/bin/pg_restore /usr/local/bin/
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
