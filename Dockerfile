# greenroom in a container: the worker with its web server, against the PostgreSQL and Redis that its settings name.

FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src src
COPY workers workers
RUN npm run build

# The optional packages are the embedded PostgreSQL, which a container does not need.
FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional && npm cache clean --force

FROM node:24-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3210
# Memory of pages that are done with goes back to the system; see docs/performance.md.
ENV MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=65536 MALLOC_TRIM_THRESHOLD_=131072
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
# As the user's own: a checkout may be made so that only its owner reads it.
COPY --chown=node:node package.json LICENSE ./
COPY --chown=node:node src/db/migrations src/db/migrations
COPY --chown=node:node src/http/assets src/http/assets
USER node
EXPOSE 3210
# "work --no-web" answers no HTTP: start such a worker with --no-healthcheck.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/src/cli/index.js"]
CMD ["work"]
