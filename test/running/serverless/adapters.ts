import awsLambdaFastify from '@fastify/aws-lambda';
import type { INestApplication } from '@nestjs/common';
import { configure } from '@codegenie/serverless-express';
import serverlessHttp from 'serverless-http';
import { express, fastify, type Platform } from '../../harness/application.js';

/** A function of AWS Lambda. */
export type Handler = (event: object, context: object) => Promise<object>;

/** What makes a function of an application. */
export interface Adapter {
  readonly name: string;
  readonly platform: Platform;
  /** Called before the application is initialized, as one of them has to be. */
  handle(app: INestApplication): Handler;
  /** Whether the event is on the platform's request. */
  readonly hasEvent: boolean;
  /** The event, while the request is handled. */
  eventOf(request: never): unknown;
}

type FastifyApplication = Parameters<typeof awsLambdaFastify>[0];

/** Nest types it as `any`. */
const platformOf = (app: INestApplication): unknown => app.getHttpAdapter().getInstance();

export const adapters: readonly Adapter[] = [
  {
    name: 'serverless-http',
    hasEvent: true,
    platform: express,
    handle: (app) => serverlessHttp(platformOf(app) as () => void),
    eventOf: (request: { apiGateway: { event: unknown } }) => request.apiGateway.event,
  },
  {
    name: '@codegenie/serverless-express',
    hasEvent: false,
    platform: express,
    handle: (app) => {
      const handler: unknown = configure({ app: platformOf(app) as () => void });
      return handler as Handler;
    },
    eventOf: () => undefined,
  },
  {
    name: '@fastify/aws-lambda',
    hasEvent: true,
    platform: fastify,
    handle: (app) => {
      const handler = awsLambdaFastify(platformOf(app) as FastifyApplication);
      return (event, context) => handler(event, context);
    },
    eventOf: (request: { awsLambda: { event: unknown } }) => request.awsLambda.event,
  },
];
