import type { ExecutionContext } from '@nestjs/common';
import type { BatchRunner } from '../batch/batch.js';
import { isAnswered, rawRequestOf } from '../http/request.js';
import { runnerOf, runnerOfMessages } from '../calls/application.js';
import type { RawRequest } from '../http/http-response.js';

/** What @nestjs/apollo and @nestjs/mercurius put in the context of every operation that came by HTTP. */
interface OperationContext {
  readonly req?: unknown;
}

/**
 * The HTTP request whose response will carry the result of the operation with this context, if there is one.
 *
 * There is none for what comes through a WebSocket: its result is a message.
 */
export function requestOfOperation(context: unknown): RawRequest | undefined {
  if (typeof context !== 'object' || context === null) return undefined;
  const request = rawRequestOf((context as OperationContext).req);
  return request !== undefined && isAnswered(request) ? request : undefined;
}

/** As `requestOfOperation`, for the resolver that `context` is about. */
export function requestOfResolver(context: ExecutionContext): RawRequest | undefined {
  return isOfSubscription(context) ? undefined : requestOfOperation(operationContextOf(context));
}

/** The runner of the application that calls the resolver that `context` is about. */
export function runnerOfResolver(context: ExecutionContext): BatchRunner | undefined {
  const { req: request } = (operationContextOf(context) ?? {}) as OperationContext;
  const raw = rawRequestOf(request);
  const ofRequest = raw && (runnerOf(request as object) ?? runnerOf(raw));
  return ofRequest ?? runnerOfMessages(context.getClass());
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
