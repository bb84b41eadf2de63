/** A request worth making. */
export interface Example {
  readonly path: string;
  /** What to post; without it, the request is a GET. */
  readonly body?: Readonly<Record<string, string>>;
}

/** One for each route, in the order they make sense in. */
export const EXAMPLES: readonly Example[] = [
  { path: '/signup', body: { username: 'ada', password: 'correct horse', email: 'ada@example.com' } },
  { path: '/password-resets', body: { email: 'ada@example.com' } },
  { path: '/reports/failing', body: { email: 'ada@example.com' } },
  { path: '/exports', body: { email: 'ada@example.com' } },
  { path: '/audit' },
];

/** What to type next, ready to paste into a shell. */
export function tryIt(port: number): string {
  const lines = EXAMPLES.map((example) => `  ${curl(example, port)}\n`);
  return `\nOpen http://localhost:${port} and see who waits for what.\n\nOr try it in another terminal:\n\n${lines.join('')}\n`;
}

function curl({ path, body }: Example, port: number): string {
  const url = `http://localhost:${port}${path}`;
  return body ? `curl ${url} -H 'content-type: application/json' -d '${JSON.stringify(body)}'` : `curl ${url}`;
}
