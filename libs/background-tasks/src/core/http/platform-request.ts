const PLATFORM_REQUEST = Symbol('nestjs-background-tasks.platform-request');

type Request = object & { [PLATFORM_REQUEST]?: unknown };

/** Remembers what the platform has made around `raw`, Node's own request: nothing else leads back to it. */
export function rememberPlatformRequest(raw: Request, request: unknown): void {
  raw[PLATFORM_REQUEST] = request;
}

/** What Nest calls the request, for Node's own; the same where the platform makes nothing around it. */
export function platformRequestOf(raw: Request | undefined): unknown {
  return raw?.[PLATFORM_REQUEST] ?? raw;
}
