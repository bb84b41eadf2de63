/** The rows of docs/support.md: what is promised, and the specs (of test/) that prove it. */
export const PROMISES = [
  { title: 'The tasks of a response run one by one, in order', specs: ['batch/order'] },
  {
    title: 'A failure stops those after it, and is logged once',
    specs: ['running/failure', 'reports/loggers', 'reports/names'],
  },
  { title: 'Merged tasks run once; what cannot be added changes nothing', specs: ['tasks/merging', 'tasks/adding'] },
  {
    title: 'Promises, Observables and classes with a `run()` of their own are awaited',
    specs: ['tasks/results', 'tasks/own-run', 'tasks/own-run-edges'],
  },
  { title: 'A task can be cancelled until it starts', specs: ['tasks/cancelling', 'tasks/cancelling-in-time'] },
  { title: 'Nothing of a task shows but its name', specs: ['tasks/shown'] },
  { title: 'Nothing that is thrown or told stops a batch', specs: ['reports/harm'] },
  {
    title: 'They start after the last byte, however the response ends',
    specs: [
      'http/response-endings',
      'http/response-endings-on-http2',
      'http/injected-requests',
      'http/mock-requests',
      'http/abandoned-responses',
      'http/ended-too-late',
      'http/ended-by-others',
      'http/removed-listeners',
      'http/namesakes',
    ],
  },
  { title: 'Those added late run, too', specs: ['batch/late-tasks'] },
  { title: 'The outcome decides which tasks run', specs: ['batch/outcome', 'batch/calls', 'batch/spoilt-answers'] },
  {
    title: 'Two requests never share tasks, and a task sees the async context of its adder',
    specs: [
      'calls/isolation',
      'calls/async-context',
      'handlers/foreign-callbacks',
      'handlers/foreign-interceptors',
      'http/printed-requests',
    ],
  },
  {
    title: 'Two applications never share tasks',
    specs: ['calls/two-applications', 'calls/two-applications-graphql', 'start-up/shared-controllers'],
  },
  { title: 'nestjs-cls and OpenTelemetry in tasks', specs: ['calls/context'] },
  { title: '`maxPending` answers 503, and never drifts', specs: ['running/limits', 'reports/refusals'] },
  {
    title: 'The shutdown drains',
    specs: [
      'shutdown/begun-meanwhile',
      'shutdown/by-itself',
      'shutdown/connections',
      'shutdown/fake-timers',
      'shutdown/fake-timers-first',
      'shutdown/modules',
      'shutdown/phases',
      'shutdown/recipe',
      'shutdown/resources',
      'shutdown/signals',
      'shutdown/timeout',
    ],
  },
  { title: 'A finished batch is garbage', specs: ['running/memory'] },
  { title: '`idle()` waits for what is known', specs: ['running/idle', 'running/idle-for-itself'] },
  { title: 'Every task of a chaos of requests is accounted for', specs: ['chaos/chaos'] },
  {
    title: 'The module, and every way to get the tasks',
    specs: [
      'module/module',
      'handlers/getting-the-tasks',
      'start-up/binding',
      'start-up/interceptor-order',
      'start-up/client-hangs-up',
      'module/exports',
      'module/exported',
      'good-to-know',
      'http/unknown-platform',
      'http/decorated-replies',
      'calls/no-request',
    ],
  },
  {
    title: 'Routes are followed without the interceptor, and by both means alike',
    specs: [
      'handlers/without-interceptor',
      'handlers/without-interceptor-applications',
      'handlers/without-interceptor-at-work',
      'handlers/without-interceptor-calls',
      'handlers/without-interceptor-fallbacks',
      'handlers/without-interceptor-outcomes',
      'handlers/without-interceptor-wrapped',
    ],
  },
  {
    title: 'The start refuses what would lose tasks, and warns of what may',
    specs: [
      'start-up/refused',
      'start-up/warned',
      'start-up/silent',
      'start-up/global-filters',
      'start-up/two-copies',
      'start-up/typical-mistakes',
    ],
  },
  {
    title: '`Scope.DEFAULT`',
    specs: [
      'handlers/default-scope',
      'handlers/default-scope-on-fastify',
      'handlers/default-scope-edges',
      'module/default-scope',
    ],
  },
  {
    title: '`timeout`, `retries`, interceptors, events',
    specs: [
      'running/timeouts-and-retries',
      'running/abort-listener',
      'running/current-task',
      'running/task-interceptors',
      'running/task-interceptors-at-start-up',
      'running/task-interceptors-at-the-end',
      'reports/events',
      'reports/event-contexts',
      'reports/sources',
      'reports/sources-of-messages',
      'reports/sources-of-resolvers',
      'reports/moments',
      'reports/failed-attempts',
    ],
  },
  {
    title: '`/testing` and `/piscina`',
    specs: [
      'testing/capturing-runner',
      'testing/mocks',
      'testing/recipe',
      'piscina/worker-task',
      'piscina/piscina-tasks-module',
      'piscina/entries',
      'piscina/recipe',
    ],
  },
  {
    title: 'The recipes: metrics, health, error trackers, log lines, MikroORM',
    specs: [
      'recipes/metrics',
      'recipes/health',
      'recipes/error-tracking',
      'recipes/logging',
      'recipes/mikro-orm',
      'recipes/pages',
    ],
  },
  {
    title: '`/opentelemetry`: spans in the trace of their request, and metrics',
    specs: [
      'opentelemetry/spans',
      'opentelemetry/traces',
      'opentelemetry/metrics',
      'opentelemetry/durable',
      'opentelemetry/failures',
      'opentelemetry/options',
      'opentelemetry/without-sdk',
      'opentelemetry/memory',
    ],
  },
  { title: '`waitUntil`, and serverless functions', specs: ['running/wait-until', 'running/serverless'] },
  {
    title: 'Durable tasks: stored before the answer, run in order, resumed',
    specs: [
      'durable/gate-early',
      'durable/gate-events',
      'durable/gate-injected',
      'durable/gate-sent',
      'durable/gate-sent.lost',
      'durable/gate-slow-store',
      'durable/gate-streams',
      'durable/gate-wrapped',
      'durable/gate-real-wrappers',
      'durable/gone-clients',
      'durable/graphql',
      'durable/graphql-subscriptions',
      'durable/messages-rpc',
      'durable/messages-scope',
      'durable/messages-sockets',
      'durable/options',
      'durable/outcomes',
      'durable/shutdown',
      'durable/sources',
      'durable/start-up',
      'durable/steps',
      'durable/steps-that-add',
      'durable/store-fails',
      'durable/store-points',
      'durable/transactions',
      'durable/unknown',
      'durable/without-engine',
      'chaos/durable-chaos',
    ],
  },
  {
    title: 'The engines: BullMQ on Redis and PostgreSQL, pg-boss',
    specs: [
      'durable/memory-engine',
      'durable/network',
      'harness/own-postgres',
      'crash/happened',
      'crash/heap',
      'crash/out-of-reach',
      'crash/outages',
      'crash/web-killed',
      'crash/workers-lost',
    ],
  },
  {
    title: 'The inspector: who may see it, what it tells, and its page',
    specs: [
      'inspector/bounds',
      'inspector/browser/page',
      'inspector/browser/use',
      'inspector/durable',
      'inspector/http2',
      'inspector/mounting',
      'inspector/options',
      'inspector/page/chart',
      'inspector/page/selection',
      'inspector/page/wording',
      'inspector/refusals',
      'inspector/told',
    ],
  },
  { title: '`scope(fn)`, without a response', specs: ['calls/scope'] },
  { title: 'GraphQL', specs: ['graphql/operations', 'graphql/attribution', 'graphql/edges', 'graphql/subscriptions'] },
  { title: 'Microservices: TCP, Redis, NATS, hybrid', specs: ['messages/microservices', 'messages/transports'] },
  { title: 'WebSockets: ws and socket.io', specs: ['messages/gateways'] },
  { title: 'The rooms of the library, each by itself', specs: ['libs'] },
  { title: 'The sample application', specs: ['apps'] },
  { title: 'The packed library, by `import` and `require`', specs: ['module/package', 'module/installed'] },
];

/** Why some tests do not run somewhere, and what to do there. */
export const DIFFERENCES = [
  {
    title: 'A handler may outlive its client.',
    why:
      'Nest unsubscribes from a handler whose client has hung up since 11.2. Before, an observable that never ends ' +
      'goes on, and its batch waits for it, as the rule says: until the application shuts down, which names what is ' +
      'lost. End such observables by yourself, with `takeUntil(fromEvent(request.socket, "close"))`, or take a newer Nest.',
    specs: ['http/response-endings', 'start-up/client-hangs-up', 'handlers/without-interceptor-outcomes'],
    nests: ['11.0'],
  },
  {
    title: 'Async generators and web responses are no answers.',
    why: 'Nest streams what a handler returns as an async generator, or as a web `Response`, since 12.',
    specs: ['http/response-endings', 'handlers/without-interceptor-outcomes'],
    nests: ['11.0', '11'],
  },
  {
    title: 'The chaos does not run.',
    why: 'Its model knows how the responses of Nest end since 11.2; the other specs describe the same endings one by one.',
    specs: ['chaos/chaos'],
    nests: ['11.0'],
  },
  {
    title: 'The server does not cut connections when it closes.',
    why:
      'The Fastify adapter knows `forceCloseConnections` since Nest 12. Before, a handler that never ends, or a ' +
      'client that keeps its connection, can hold the shutdown longer than `shutdownTimeout`: not by the drain, but ' +
      'by the server. Give Fastify the option itself: `new FastifyAdapter({ forceCloseConnections: true })`.',
    specs: ['shutdown/connections', 'shutdown/timeout'],
    nests: ['11.0', '11'],
    platforms: ['Fastify'],
  },
  {
    title: 'Two applications do not share one Express.',
    why:
      'Since Nest 12, an application leaves what it has no route for to the next one. Before, the first answers 404. Two ' +
      'applications that share classes, a process, or a Fastify are kept apart everywhere.',
    specs: ['calls/two-applications'],
    nests: ['11.0', '11'],
  },
  {
    title: 'The engines are not tried with every NestJS.',
    why:
      'What stores batches and runs them knows no NestJS. It is tried with NestJS 12 alone, on every Node; pg-boss asks for ' +
      'Node 22.12 by itself, and is tried on 20, too. What NestJS has to do with, is tried with all of them, on an engine in memory.',
    specs: [
      'durable/memory-engine',
      'durable/network',
      'crash/happened',
      'crash/heap',
      'crash/out-of-reach',
      'crash/outages',
      'crash/web-killed',
      'crash/workers-lost',
    ],
    nests: ['11.0', '11'],
  },
  {
    title: 'A gateway is a singleton.',
    why:
      'Nest makes request-scoped gateways since 12. Before, one whose constructor gets `BackgroundTasks`, by itself or ' +
      'through a service, keeps the application from starting, with an error that says so. Take `tasks: BackgroundTasks` ' +
      'as a parameter of the handler, or import the module with `scope: Scope.DEFAULT`. Global enhancers do not reach ' +
      'the gateways of Nest 11 either; the library does not need them: it binds to handlers, and where nothing shows that ' +
      'one adds tasks, `@UseBackgroundTasks()` does it.',
    specs: ['messages/gateways'],
    nests: ['11.0', '11'],
  },
  {
    title: 'A request-scoped guard of a singleton resolver gets nothing injected.',
    why:
      'Nor does a request-scoped resolver that is provided under another token than its class. Nest makes both ' +
      'since 11.2.8. Before, take `tasks: BackgroundTasks` as a parameter of the resolver, or import the module with ' +
      '`scope: Scope.DEFAULT`.',
    specs: ['graphql/edges', 'graphql/subscriptions'],
    nests: ['11.0'],
  },
  {
    title: 'The packed library is tried on the newest Nest 11 and 12.',
    why: 'One spec installs it beside both; the columns of Nest 11 take it from there.',
    specs: ['module/package', 'module/installed'],
    nests: ['11.0', '11'],
  },
  {
    title: 'From 24 on, Node leaves a connection open on which a pipelined response was destroyed before its turn.',
    why:
      'What was pipelined after it is answered never, so the tasks of those requests wait until the client hangs up. ' +
      'Node 20 and 22 close the connection. On later ones, the chaos destroys no pipelined response.',
    specs: [],
    nests: [],
  },
  {
    title: '`@nestjs/platform-node` is not tested.',
    why:
      'It was not on npm yet. On a platform that it does not know, the library learns the response of a request from ' +
      'middleware; one spec shows that on a platform of its own.',
    specs: [],
    nests: [],
  },
];
