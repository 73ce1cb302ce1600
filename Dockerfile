# milo-http, milo-worker and milo-lb, each as an image of its own: docker build --target milo-http .
#
# It needs nothing that only BuildKit knows, so it builds with the classic builder too. The images hold one program, the libraries it is linked with and
# the certificates of the authorities: no shell, no package manager. They run as a user without rights, also with a read-only root.
ARG RUST_IMAGE=rust:1.95-slim-trixie

FROM ${RUST_IMAGE} AS build
ENV CARGO_HOME=/cargo CARGO_TERM_COLOR=never CARGO_NET_RETRY=5
WORKDIR /milo

# The dependencies first, against crates that are empty: this layer is built again only when a manifest changes.
COPY Cargo.toml Cargo.lock ./
COPY examples/Cargo.toml examples/
COPY milo-adapters/Cargo.toml milo-adapters/
COPY milo-chaos/Cargo.toml milo-chaos/
COPY milo-check/Cargo.toml milo-check/
COPY milo-core/Cargo.toml milo-core/
COPY milo-fuzz/Cargo.toml milo-fuzz/
COPY milo-http/Cargo.toml milo-http/
COPY milo-lb/Cargo.toml milo-lb/
COPY milo-model/Cargo.toml milo-model/
COPY milo-sim/Cargo.toml milo-sim/
COPY milo-process/Cargo.toml milo-process/
COPY milo-testkit/Cargo.toml milo-testkit/
COPY milo-worker/Cargo.toml milo-worker/
RUN set -e; \
    for crate in examples milo-*; do mkdir -p $crate/src; echo '//! Empty.' > $crate/src/lib.rs; done; \
    for example in embed custom_seat_locks rush; do echo 'fn main() {}' > examples/$example.rs; done; \
    for program in milo-http milo-lb; do echo 'fn main() {}' > $program/src/main.rs; done; \
    mkdir -p milo-worker/src/bin/milo-worker; echo 'fn main() {}' > milo-worker/src/bin/milo-worker/main.rs; \
    cargo build --profile dist --locked -p milo-http -p milo-worker -p milo-lb; \
    rm -rf examples milo-*

COPY . .
# What is older than the empty crates would not be built.
RUN find . -name '*.rs' -not -path './target/*' -exec touch {} + \
 && cargo build --profile dist --locked -p milo-http -p milo-worker -p milo-lb \
 && for program in milo-http milo-worker milo-lb; do \
      root=/images/$program; \
      mkdir -p $root/usr/local/bin $root/etc/ssl/certs $root/tmp; \
      cp target/dist/$program $root/usr/local/bin/; \
      ldd target/dist/$program | grep -o '/[^ ]*' | xargs -r -I{} cp -L --parents {} $root; \
      cp -L /etc/ssl/certs/ca-certificates.crt $root/etc/ssl/certs/; \
      echo 'milo:x:10001:10001:Milo:/:/usr/sbin/nologin' > $root/etc/passwd; \
      echo 'milo:x:10001:' > $root/etc/group; \
      echo 'hosts: files dns' > $root/etc/nsswitch.conf; \
    done

FROM scratch AS milo-http
COPY --from=build /images/milo-http/ /
ENV PATH=/usr/local/bin MILO_BIND=0.0.0.0:8080
USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=3 CMD ["milo-http", "health"]
ENTRYPOINT ["milo-http"]
LABEL org.opencontainers.image.title="milo-http" org.opencontainers.image.description="Milo's API" org.opencontainers.image.licenses="MIT OR Apache-2.0"

FROM scratch AS milo-worker
COPY --from=build /images/milo-worker/ /
ENV PATH=/usr/local/bin MILO_WORKER_LISTEN=0.0.0.0:9090
USER 10001:10001
EXPOSE 9090
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=3 CMD ["milo-worker", "health"]
ENTRYPOINT ["milo-worker"]
LABEL org.opencontainers.image.title="milo-worker" org.opencontainers.image.description="Milo's payments and clean-up" org.opencontainers.image.licenses="MIT OR Apache-2.0"

FROM scratch AS milo-lb
COPY --from=build /images/milo-lb/ /
ENV PATH=/usr/local/bin MILO_LB_LISTEN=0.0.0.0:8000 MILO_LB_ADMIN_LISTEN=0.0.0.0:9100
USER 10001:10001
EXPOSE 8000 9100
HEALTHCHECK --interval=5s --timeout=5s --start-period=10s --retries=3 CMD ["milo-lb", "health"]
ENTRYPOINT ["milo-lb"]
LABEL org.opencontainers.image.title="milo-lb" org.opencontainers.image.description="Milo's load balancer" org.opencontainers.image.licenses="MIT OR Apache-2.0"
