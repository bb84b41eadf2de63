import { describe, expect, it } from '@jest/globals';
import { onlyThisMachine } from './only-this-machine.js';

const sent = (remoteAddress: string | undefined, headers: Record<string, string>) =>
  onlyThisMachine({ headers, socket: { remoteAddress } });

describe('only this machine', () => {
  it.each(['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1'])('is %s', (address) => {
    expect(sent(address, { host: 'localhost:3000' })).toBe(true);
  });

  it.each(['10.0.0.1', '::ffff:10.0.0.1', '1127.0.0.1', '127.0.0.1.example', '::2', '', undefined])(
    'is not %s',
    (address) => {
      expect(sent(address, { host: 'localhost:3000' })).toBe(false);
    },
  );

  it.each(['LOCALHOST', 'localhost:80', 'tasks.localhost', '127.0.0.1:3000', '[::1]:3000'])('is called %s', (host) => {
    expect(sent('127.0.0.1', { host })).toBe(true);
    expect(sent('127.0.0.1', { ':authority': host })).toBe(true);
  });

  it.each(['', 'localhost.', 'localhost@example.com', 'example.com#localhost', 'localhost:x', '::1', 'evil-localhost'])(
    'is not called "%s"',
    (host) => {
      expect(sent('127.0.0.1', { host })).toBe(false);
    },
  );

  it.each(
    'forwarded via x-forwarded-for x-forwarded-host x-forwarded-proto x-forwarded-port x-forwarded-server x-real-ip'.split(
      ' ',
    ),
  )('is not behind a proxy that writes %s', (name) => {
    expect(sent('127.0.0.1', { host: 'localhost', [name]: '' })).toBe(false);
  });

  it.each(['x-client-ip', 'true-client-ip', 'fastly-client-ip', 'cf-connecting-ip', 'x-original-host'])(
    'is not behind one that writes %s',
    (name) => {
      expect(sent('127.0.0.1', { host: 'localhost', [name]: '' })).toBe(false);
    },
  );

  it('takes no other header for one of a proxy', () => {
    expect(sent('127.0.0.1', { host: 'localhost', 'x-request-id': '1', 'client-ip-policy': 'x' })).toBe(true);
  });
});
