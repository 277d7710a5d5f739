import { expect, it } from 'vitest';
import { networkOf } from '../../src/http/auth/attempts.ts';
import { isLoopback } from '../../src/http/auth/loopback.ts';

it.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:aaaa:bbbb:cccc:dddd', '2001:db8:1:2'],
  ['2001:db8:1:2::1', '2001:db8:1:2'],
  ['2001:0db8:0001:0002::1', '2001:db8:1:2'],
  ['2001:db8::1', '2001:db8:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
  ['::1', '0:0:0:0'],
])('failed attempts from %s are counted for %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});

it.each(['127.0.0.1', '127.8.8.8', '::1', '[::1]', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1', 'localhost'])(
  'only this machine reaches %s',
  (host) => {
    expect(isLoopback(host)).toBe(true);
  },
);

it.each(['0.0.0.0', '::', '::ffff:10.0.0.1', '10.0.0.1', '127.0.0.1.example.org', 'example.org', ''])(
  'others may reach %j',
  (host) => {
    expect(isLoopback(host)).toBe(false);
  },
);
