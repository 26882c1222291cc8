# The proxy in a container:
#   docker build -t llmproxy . && docker run -p 127.0.0.1:4000:4000 -v ./llmproxy.yaml:/app/llmproxy.yaml:ro llmproxy
FROM node:24-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
COPY tools/node-runtime/package.json tools/node-runtime/
RUN npm ci
COPY tsconfig.json tsconfig.build.json tsconfig.build-dashboard.json ./
COPY tools tools
COPY proxy proxy
COPY mocks mocks
RUN node tools/build.ts

FROM node:24-bookworm-slim AS dependencies
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
COPY tools/node-runtime/package.json tools/node-runtime/
# The image brings Node itself: the repository's private runtime, an optional dependency, stays out.
RUN npm ci --omit=dev --omit=optional --ignore-scripts && rm -rf node_modules/@llmproxy

FROM node:24-bookworm-slim
LABEL org.opencontainers.image.title="llmproxy" \
      org.opencontainers.image.source="https://github.com/OWNER/llmproxy" \
      org.opencontainers.image.licenses="Apache-2.0"
# Inside the container it listens for the outside of the container; who reaches it is decided by what is published.
ENV NODE_ENV=production \
    LLMPROXY_ALLOW_PUBLIC=true
WORKDIR /app
COPY --from=dependencies /build/node_modules node_modules
COPY --from=build /build/dist dist
COPY package.json LICENSE ./
# Replace it with your own by a volume; the bundled one answers from mock endpoints.
COPY llmproxy.yaml ./
USER node
EXPOSE 4000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.LLMPROXY_PORT ?? 4000}/health/live`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/proxy/bin.js"]
CMD ["--config", "/app/llmproxy.yaml", "--host", "0.0.0.0", "--port", "4000"]
