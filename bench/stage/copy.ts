/** COPY, on a connection of its own: the mirror's driver now and then doesn't notice the end of a COPY that it sent. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Client } from 'pg';
import { from, to } from 'pg-copy-streams';

/** Opens a connection, for as long as `work` takes. */
export async function withClient<R>(url: string, work: (client: Client) => Promise<R>): Promise<R> {
  const client = new Client(url);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** @param source a table, or a table and columns in parentheses */
export async function copyOut(client: Client, source: string): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of client.query(to(`copy ${source} to stdout`))) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** @param target a table, or a table and columns in parentheses */
export async function copyIn(client: Client, target: string, content: Iterable<Buffer | string>) {
  await pipeline(Readable.from(content), client.query(from(`copy ${target} from stdin`)));
}
