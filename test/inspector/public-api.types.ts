import type { IncomingMessage } from 'node:http';
import { expectTypeOf } from 'expect-type';
import {
  type Authorize,
  InspectorModule,
  type InspectorModuleOptions,
  onlyThisMachine,
} from 'nestjs-background-tasks/inspector';
import type { Request } from 'express';
import type { FastifyRequest } from 'fastify';

const path = 'inspector';

// as Nest does for requests of middleware: without an annotation it may be anything
InspectorModule.forRoot({ path, authorize: (request) => request.user?.isAdmin === true });
InspectorModule.forRoot({ path, authorize: async (request: Request) => Promise.resolve(request.ip === '::1') });
InspectorModule.forRoot({ path, authorize: (request: FastifyRequest) => request.ip === '::1' });
InspectorModule.forRoot({ path, authorize: ({ headers }: IncomingMessage) => headers.cookie === 'admin' });
InspectorModule.forRoot({ path, authorize: onlyThisMachine, keep: 1, keepFailed: 1, redact: (text) => text });
InspectorModule.forRootAsync({ useFactory: () => ({ path, authorize: onlyThisMachine }) });

// @ts-expect-error it is required
InspectorModule.forRoot({ path });
// @ts-expect-error it is required, too
InspectorModule.forRoot({ authorize: onlyThisMachine });
// @ts-expect-error not a function
InspectorModule.forRoot({ path, authorize: true });
// @ts-expect-error a text lets nobody in
InspectorModule.forRoot({ path, authorize: () => 'yes' });
// @ts-expect-error there is no such option
InspectorModule.forRoot({ path, authorize: onlyThisMachine, port: 1 });

expectTypeOf(onlyThisMachine).toExtend<Authorize>();
expectTypeOf<InspectorModuleOptions['keep']>().toEqualTypeOf<number | undefined>();
