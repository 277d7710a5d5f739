/** The floor: the same pages fetched and parsed, so many at a time, with nothing behind them. `node fetch-floor.ts URL AT_ONCE` */
import { Agent, request } from 'node:http';

const [url = '', atOnce = '8'] = process.argv.slice(2);
const base = `${url}/api/events/generated/`;
const agent = new Agent({ keepAlive: true, maxSockets: Number(atOnce) });

function get(path: string): Promise<{ count: number }> {
  return new Promise((resolve, reject) => {
    request(base + path, { agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString())));
    })
      .on('error', reject)
      .end();
  });
}

const listings = ['speakers', 'submissions', 'slots'];
const counts = await Promise.all(listings.map(async (name) => (await get(`${name}/?page_size=1`)).count));
const paths = listings.flatMap((name, at) =>
  Array.from(
    { length: Math.ceil((counts[at] ?? 0) / 250) },
    (_, page) => `${name}/?page_size=250&page=${page + 1}`,
  ),
);
paths.push(
  '',
  'rooms/?limit=250&offset=0',
  'tracks/?page_size=250',
  'tags/?page_size=250',
  'submission-types/?page_size=250',
  'schedules/latest/',
);

async function fetchAll(): Promise<number> {
  const started = performance.now();
  let next = 0;
  await Promise.all(
    Array.from({ length: Number(atOnce) }, async () => {
      for (let path = paths[next++]; path !== undefined; path = paths[next++]) await get(path);
    }),
  );
  return performance.now() - started;
}

await fetchAll();
const times = [await fetchAll(), await fetchAll(), await fetchAll()].sort((a, b) => a - b);
process.send?.(times[1], () => process.exit());
