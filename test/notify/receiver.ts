/** A receiver of messages: a real HTTP server that verifies signatures, and answers as a test tells it. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

export interface Received {
  id: string;
  /** Whether this secret has signed it. */
  verified: boolean;
  body: Record<string, unknown> & { changes: { key: string; kind: string; to: unknown }[] };
  raw: string;
  answered: number | 'nothing';
}

export interface Receiver {
  url: string;
  /** All that came, in order, whatever was answered. */
  received: Received[];
  /** What is answered next, one a request; 204 when there is none. `nothing`: it never answers. */
  answers: (number | 'nothing')[];
  /** What every answer has in its headers. */
  headers: Record<string, string>;
  close(): Promise<void>;
}

export async function startReceiver(secret: string): Promise<Receiver> {
  const webhook = new Webhook(secret);
  const receiver = { received: [] as Received[], answers: [] as Receiver['answers'], headers: {} };
  const verified = (raw: string, headers: Record<string, string>) => {
    try {
      webhook.verify(raw, headers);
      return true;
    } catch {
      return false;
    }
  };
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const raw = Buffer.concat(parts).toString();
    const answered = receiver.answers.shift() ?? 204;
    const headers = request.headers as Record<string, string>;
    receiver.received.push({
      id: headers['webhook-id'] ?? '',
      verified: verified(raw, headers),
      body: JSON.parse(raw),
      raw,
      answered,
    });
    if (answered !== 'nothing') response.writeHead(answered, receiver.headers).end('answered');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return Object.assign(receiver, {
    url: `http://127.0.0.1:${port}/hooks/programme`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  });
}
