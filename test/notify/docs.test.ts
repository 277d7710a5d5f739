import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { DeliveryError, sendMessage } from '../../src/notify/send.ts';
import { steadyPort } from '../support/servers.ts';

const text = readFileSync(join(import.meta.dirname, '../../docs/outgoing-webhooks.md'), 'utf8');
const pythonIsThere = spawnSync('python3', ['--version']).status === 0 || process.env.CI === 'true';
if (!pythonIsThere) console.error('There is no Python on this machine: its receiver is left out.');

const receivers = [
  { language: 'js', command: [process.execPath, '--input-type=module', '-'] },
  ...(pythonIsThere ? [{ language: 'python', command: ['python3', '-'] }] : []),
];
const secret = `whsec_${Buffer.from('a secret for the documentation').toString('base64')}`;
const forged = `whsec_${Buffer.from('another secret').toString('base64')}`;

describe('docs/outgoing-webhooks.md', () => {
  test.each(receivers)(
    'the receiver in $language takes what is signed, once, and nothing else',
    async ({ language, command: [file = '', ...args] }) => {
      const program = new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's').exec(text)?.[1] ?? '';
      const port = await steadyPort();
      const child = spawn(file, args, {
        env: { ...process.env, PORT: String(port), NOTIFY_SECRET_DEMOCON: secret },
        stdio: ['pipe', 'pipe', 'ignore'],
      });
      let printed = '';
      child.stdout.on('data', (data) => {
        printed += data;
      });
      child.stdin.end(program);
      try {
        const body = JSON.stringify({ changes: [{ kind: 'moved', entity: 'talk', key: 'ÄÖÜ' }] });
        const message = { url: `http://127.0.0.1:${port}/`, webhookId: 'democon-1', body };
        const send = (secrets: string[]) => sendMessage(message, secrets, new AbortController().signal);
        await vi.waitFor(() => send([secret]), 15_000);
        expect(await send([forged, secret])).toBe(204);
        await expect(send([forged])).rejects.toThrow(DeliveryError);
        await expect(send([forged])).rejects.toThrow('answered 401');
        await vi.waitFor(() => expect(printed).toBe('moved talk ÄÖÜ\n'));
      } finally {
        child.kill('SIGKILL');
      }
    },
  );
});
