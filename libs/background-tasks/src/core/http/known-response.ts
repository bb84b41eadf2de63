import { isRawResponse, type RawRequest, type RawResponse } from './raw.js';

export const RESPONSE = Symbol('nestjs-background-tasks.response');

/** A request, and which response answers it, once that is known. */
export type AnsweredRequest = RawRequest & {
  [RESPONSE]?: RawResponse;
  /** Express keeps the response of a request here. */
  res?: unknown;
  /** Set by Node where the request asked for another protocol, and got it. */
  upgrade?: boolean | null;
};

/** The response to `request`, if it is known. */
export function responseOf(request: AnsweredRequest): RawResponse | undefined {
  // users may keep another one there
  return request[RESPONSE] ?? (isRawResponse(request.res) ? request.res : undefined);
}

/** Whether an HTTP response will answer `request`: not where it became a WebSocket. */
export function willBeAnswered(request: AnsweredRequest): boolean {
  return responseOf(request) !== undefined && !becameSocket(request);
}

/** Whether it asked for a WebSocket, or its like, and got it: its messages have calls of their own. */
export function becameSocket(request: AnsweredRequest): boolean {
  return request.upgrade === true;
}

/** The status of the response that will answer `request`, or has answered it, if it is known. */
export function statusOf(request: AnsweredRequest): number | undefined {
  return responseOf(request)?.statusCode;
}

/** Whether the response to `request` has begun, as far as is known. */
export function hasBegun(request: AnsweredRequest): boolean {
  return responseOf(request)?.headersSent !== false;
}

/** Whether the first byte of the response to `request` is out, or is on its way. */
export function hasAnswered(request: AnsweredRequest): boolean {
  return responseOf(request)?.headersSent === true;
}
