/**
 * `postgres` with its handling of lost connections repaired. As it stands (3.4.9), a transaction whose connection was
 * lost goes on: its next statement ends the process, because the socket is gone, or is executed outside any transaction,
 * because the connection was made anew. A sync has its transaction open while it reads pretalx, so a restart of
 * PostgreSQL would end the worker, or write half a step. The repair is made while the driver is loaded, so that it also
 * holds where this package is installed as a dependency; it can go when porsager/postgres#1208 is solved.
 */
import { createRequire, registerHooks } from 'node:module';
import type postgresModule from 'postgres';

interface Repair {
  file: string;
  before: string;
  after: string;
}

const repairs: Repair[] = [
  // A transaction remembers that its connection was lost, and refuses what comes after.
  {
    file: 'index.js',
    before: ', connection\n      , prepare = null',
    after: ', connection\n      , lost = null\n      , prepare = null',
  },
  {
    file: 'index.js',
    before: 'new Promise((_, reject) => connection.onclose = reject)',
    after: `new Promise((_, reject) => connection.onclose = error => {
          lost = error
          while (queries.length) queries.shift().reject(error)
          reject(error)
        })`,
  },
  {
    file: 'index.js',
    before: 'q.catch(e => uncaughtError || (uncaughtError = e))\n',
    after: 'q.catch(e => uncaughtError || (uncaughtError = e))\n        if (lost) return q.reject(lost)\n',
  },
  // A closed connection forgets what it had still to write; the new one would begin with it.
  {
    file: 'connection.js',
    before: "clearImmediate(nextWriteTimer)\n    socket.removeListener('data', data)",
    after:
      "clearImmediate(nextWriteTimer)\n    chunk = nextWriteTimer = null\n    socket.removeListener('data', data)",
  },
  // What it was given between its error and its end fails too; it would wait for ever, or be the new one's.
  {
    file: 'connection.js',
    before: '!hadError && (query || sent.length) && error(',
    after: ';(query || sent.length) && error(',
  },
  // It forgets too what it was working on, and how that ended; the new one would fail its first query with it.
  {
    file: 'connection.js',
    before: 'closedTime = performance.now()\n    hadError',
    after: `query = results = errorResponse = null
    result = new Result()
    closedTime = performance.now()
    hadError`,
  },
  // A write without a socket fails what waits for its answer, and not the process.
  {
    file: 'connection.js',
    before: 'const x = socket.write(chunk, fn)',
    after: `if (socket === null) {
      chunk = nextWriteTimer = null
      error(Errors.connection('CONNECTION_CLOSED', options))
      return false
    }
    const x = socket.write(chunk, fn)`,
  },
  // A connection that is lost while the array types are asked for fails its query, and not the process.
  {
    file: 'connection.js',
    before: 'return fetchArrayTypes()',
    after: 'return fetchArrayTypes().catch(() => {})',
  },
];

const hooks = registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    const [, file] = /\/postgres\/cjs\/src\/(\w+\.js)$/.exec(url) ?? [];
    if (file === undefined || !loaded.source) return loaded;
    let source = loaded.source.toString();
    for (const repair of repairs) {
      if (repair.file !== file) continue;
      if (!source.includes(repair.before))
        throw new Error(`This version of "postgres" is not the one that greenroom repairs (3.4.9): ${url}`);
      source = source.replace(repair.before, () => repair.after);
    }
    return { ...loaded, source };
  },
});
const require = createRequire(import.meta.url);
// Whoever loaded it before keeps the driver as it was.
for (const file of Object.keys(require.cache)) {
  if (/\/postgres\/cjs\/src\/\w+\.js$/.test(file)) delete require.cache[file];
}
/** The driver; see https://github.com/porsager/postgres. */
export const postgres: typeof postgresModule = require('postgres');
hooks.deregister();
