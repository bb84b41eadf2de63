import type { ExecutionContext } from '@nestjs/common';
import type { Application } from '../calls/application.js';
import { applicationsOfHandlers } from '../calls/shared-handlers.js';
import { applicationOfRequest } from '../calls/shared-requests.js';
import { willBeAnswered } from '../http/known-response.js';
import { rawRequestOf, type RawRequest } from '../http/raw.js';

/**
 * The HTTP request whose response will carry the result of the operation with this context, if there is one.
 *
 * There is none for what comes through a WebSocket: its result is a message.
 */
export function requestOfOperation(context: unknown): RawRequest | undefined {
  const request = rawRequestOf(requestIn(context));
  return request !== undefined && willBeAnswered(request) ? request : undefined;
}

/** As `requestOfOperation`, for the resolver that `context` is about. */
export function requestOfResolver(context: ExecutionContext): RawRequest | undefined {
  return isOfSubscription(context) ? undefined : requestOfOperation(operationContextOf(context));
}

/** The application that calls the resolver that `context` is about, where it is not followed. */
export function applicationOfResolver(context: ExecutionContext): Application | undefined {
  const request = requestIn(operationContextOf(context));
  const raw = rawRequestOf(request);
  const ofRequest = raw && (applicationOfRequest(request ?? raw) ?? applicationOfRequest(raw));
  return ofRequest ?? applicationsOfHandlers(context.getClass())[0];
}

/** What @nestjs/apollo and @nestjs/mercurius put in the context of every operation that came by HTTP. */
function requestIn(context: unknown): object | undefined {
  if (typeof context !== 'object' || context === null || !('req' in context)) return undefined;
  const { req: request } = context;
  return typeof request === 'object' && request !== null ? request : undefined;
}

/** Some resolvers get no arguments: the context is always the last but one. */
function operationContextOf(context: ExecutionContext): unknown {
  return context.getArgs<unknown[]>().at(-2);
}

/** Each event of a subscription is a result of its own, and the request that began it has long been answered. */
function isOfSubscription(context: ExecutionContext): boolean {
  const info = context.getArgs<unknown[]>().at(-1) as { operation?: { operation?: unknown } } | undefined;
  return info?.operation?.operation === 'subscription';
}
