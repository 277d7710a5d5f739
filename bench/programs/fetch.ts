/** The floor of reading: pages fetched and parsed, so many at a time, with nothing behind them. */
import { Agent, request } from 'node:http';
import { answerParent } from './answering.ts';

const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });

function get(url: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    request(url, { agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString())));
    })
      .on('error', reject)
      .end();
  });
}

answerParent({
  /** @returns milliseconds */
  async fetch({ urls, atOnce }: { urls: string[]; atOnce: number }) {
    const startedAt = performance.now();
    let next = 0;
    await Promise.all(
      Array.from({ length: atOnce }, async () => {
        for (let url = urls[next++]; url !== undefined; url = urls[next++]) await get(url);
      }),
    );
    return performance.now() - startedAt;
  },
});
