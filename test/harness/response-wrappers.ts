import type { ServerResponse } from 'node:http';
import { createGzip, type Gzip } from 'node:zlib';

/*
 * What popular middleware puts in the place of a response's own methods, with as little as shows how: compression, and
 * express-session.
 */

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/** As the package on-headers: calls `listener` before the headers go out. */
export function onHeaders(response: ServerResponse, listener: () => void): void {
  const { writeHead } = response as unknown as { writeHead: AnyFunction };
  let isTold = false;
  response.writeHead = function (this: ServerResponse, ...args: unknown[]) {
    if (!isTold) {
      isTold = true;
      listener();
    }
    return Reflect.apply(writeHead, this, args);
  } as never;
}

/** As the package compression does: what is written goes through gzip, and so does who waits for room. */
export function compress(response: ServerResponse): void {
  const { write, end, on } = response as unknown as Record<'write' | 'end' | 'on', AnyFunction>;
  const waiting: Array<[event: string, listener: () => void]> = [];
  let gzip: Gzip | undefined;
  const put = (methods: Record<string, AnyFunction>): unknown => Object.assign(response, methods);
  const begin = (): void => {
    if (!response.headersSent) response.writeHead(response.statusCode);
  };
  put({
    write(chunk) {
      begin();
      return gzip === undefined ? Reflect.apply(write, this, [chunk]) : gzip.write(chunk);
    },
    end(chunk) {
      begin();
      if (gzip === undefined) return Reflect.apply(end, this, [chunk]);
      gzip.end(chunk);
      return this;
    },
    on(event, listener) {
      if (event !== 'drain') return Reflect.apply(on, this, [event, listener]);
      if (gzip === undefined) waiting.push(['drain', listener as () => void]);
      else gzip.on('drain', listener as () => void);
      return this;
    },
  });
  onHeaders(response, () => {
    const made = createGzip();
    for (const [event, listener] of waiting) made.on(event, listener);
    response.setHeader('content-encoding', 'gzip').removeHeader('content-length');
    made.on('data', (chunk: Buffer) => void (Reflect.apply(write, response, [chunk]) === false && made.pause()));
    made.on('end', () => Reflect.apply(end, response, []));
    Reflect.apply(on, response, ['drain', () => made.resume()]);
    gzip = made;
  });
}

/** As express-session does: the end of the response waits until the session is saved, and its headers have its cookie. */
export function keepSession(response: ServerResponse, save: () => Promise<void>): void {
  const { end } = response as unknown as { end: AnyFunction };
  let isSaving = false;
  response.end = function (this: ServerResponse, ...args: unknown[]) {
    if (isSaving) return this;
    isSaving = true;
    void save().then(() => Reflect.apply(end, this, args));
    return this;
  } as never;
  onHeaders(response, () => response.setHeader('set-cookie', 'session=1'));
}
