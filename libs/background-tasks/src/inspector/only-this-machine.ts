import type { IncomingHttpHeaders } from 'node:http';

/** What it needs of a request of Express or Fastify. */
interface SentRequest {
  readonly headers: IncomingHttpHeaders;
  readonly socket: { readonly remoteAddress?: string | undefined };
}

/** What a proxy writes: behind one on this machine, everybody seems to come from here. */
const FORWARDING = /^(forwarded|via|x-forwarded-.+|x-real-ip|x-original-.+|([\w-]+-)?(client|connecting)-ip)$/;

const LOOPBACK_ADDRESS = /^(::ffff:)?127(\.\d{1,3}){3}$|^::1$/;
const LOOPBACK_HOST = /^(localhost|[\w-]+\.localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i;

/**
 * An `authorize` for development: lets in what was sent on this machine, to this machine, and not by a proxy.
 *
 * The connection comes from a loopback address, `Host` is a loopback name (a site whose name was made to point here is
 * none), and no header says that it was forwarded. A proxy or a tunnel on this machine that writes no such header lets
 * everybody in: deploy with an `authorize` of your own.
 *
 * @example
 * InspectorModule.forRoot({ path: 'inspector', authorize: onlyThisMachine })
 */
export function onlyThisMachine({ headers, socket }: SentRequest): boolean {
  const host = headers.host ?? String(headers[':authority'] ?? '');
  return (
    LOOPBACK_ADDRESS.test(socket.remoteAddress ?? '') &&
    LOOPBACK_HOST.test(host) &&
    !Object.keys(headers).some((name) => FORWARDING.test(name))
  );
}
