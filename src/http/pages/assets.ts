/** The pages' own files: stylesheet, script, icon. Read once; their address changes with what is in them. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { inPackage } from '../../in-package.ts';

const types = {
  'greenroom.css': 'text/css; charset=utf-8',
  'live.js': 'text/javascript; charset=utf-8',
  'icon.svg': 'image/svg+xml',
};

const files = Object.entries(types).map(([name, type]) => ({
  name,
  type,
  text: readFileSync(inPackage(`src/http/assets/${name}`), 'utf8'),
}));

/** Goes into the assets' addresses, so that browsers may keep them. */
export const assetVersion = files
  .reduce((hash, { text }) => hash.update(text), createHash('sha256'))
  .digest('hex')
  .slice(0, 12);

export function assetRoutes(scope: FastifyInstance): void {
  for (const { name, type, text } of files) {
    scope.get(`/assets/${name}`, async (_request, reply) =>
      reply.header('cache-control', 'public, max-age=31536000, immutable').type(type).send(text),
    );
  }
}
