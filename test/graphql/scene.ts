import type { DynamicModule, Provider } from '@nestjs/common';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { GraphQLModule } from '@nestjs/graphql';
import { MercuriusDriver, type MercuriusDriverConfig } from '@nestjs/mercurius';
import { express, fastify, type Platform, request, type Running, start } from '../harness/application.js';
import type { Timeline } from '../harness/timeline.js';

/** A GraphQL server, on the platform that it is for. */
export interface GraphqlServer {
  readonly name: string;
  readonly platform: Platform;
  /** The module, with batched requests. */
  module(options?: GraphqlOptions): DynamicModule;
}

/** What both servers take. */
export interface GraphqlOptions {
  readonly fieldResolverEnhancers?: Array<'guards' | 'filters' | 'interceptors'>;
  readonly context?: (...args: unknown[]) => object;
  /** Whether the server takes operations through WebSockets, too. */
  readonly hasSockets?: boolean;
  /** Whether the context of those has, as its `req`, the request that became the WebSocket. */
  readonly handsOutUpgrade?: boolean;
}

export const apollo: GraphqlServer = {
  name: 'Apollo on Express',
  platform: express,
  module: ({ hasSockets = false, handsOutUpgrade = false, ...options } = {}) =>
    GraphQLModule.forRoot<ApolloDriverConfig>({
      driver: ApolloDriver,
      autoSchemaFile: true,
      allowBatchedHttpRequests: true,
      ...(hasSockets && { subscriptions: { 'graphql-ws': true } }),
      ...(handsOutUpgrade && { context: ({ extra }: { extra: { request: unknown } }) => ({ req: extra.request }) }),
      ...options,
    }),
};

export const mercurius: GraphqlServer = {
  name: 'Mercurius on Fastify',
  platform: fastify,
  module: ({ hasSockets = false, handsOutUpgrade = false, ...options } = {}) =>
    GraphQLModule.forRoot<MercuriusDriverConfig>({
      driver: MercuriusDriver,
      autoSchemaFile: true,
      allowBatchedQueries: true,
      subscription: hasSockets && {
        fullWsTransport: true,
        ...(handsOutUpgrade && { context: (_: unknown, upgrade: unknown) => ({ req: upgrade }) }),
      },
      ...options,
    } as MercuriusDriverConfig),
};

export const servers: readonly GraphqlServer[] = [apollo, mercurius];

export interface GraphqlParts {
  /** Resolvers and whatever else they need. */
  readonly providers: Provider[];
  readonly tasks: DynamicModule;
  readonly options?: GraphqlOptions;
}

export function startGraphql(server: GraphqlServer, parts: GraphqlParts, timeline: Timeline): Promise<Running> {
  const imports = [server.module(parts.options), parts.tasks];
  return start(server.platform, { imports, providers: parts.providers }, undefined, timeline);
}

/** The result of one operation. */
export interface Result {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: ReadonlyArray<{ readonly message: string }>;
}

/** Sends one operation, or several in one request, by HTTP. */
export async function send<T extends string | readonly string[]>(
  running: { readonly port: number },
  operations: T,
): Promise<T extends string ? Result : Result[]> {
  const body = typeof operations === 'string' ? { query: operations } : operations.map((query) => ({ query }));
  const { body: answer } = await request(running, '/graphql', { method: 'POST', body });
  return JSON.parse(answer) as T extends string ? Result : Result[];
}
