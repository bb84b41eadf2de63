import fc, { type Arbitrary } from 'fast-check';
import { DEFAULT_OPTIONS } from '../../libs/background-tasks/src/core/options/background-tasks.options.js';
import { nest } from '../harness/nest.js';
import { addDrafts, chance, listOf, oneOf, pick, sharedTasks, UNNAMED, upTo } from './generate-tasks.js';
import {
  type AddPlan,
  type BurstPlan,
  type ConnectionPlan,
  type Ending,
  ENDINGS,
  factsOf,
  type HangUpPlan,
  type Place,
  RETRIES,
  type RequestPlan,
  type RoundPlan,
  type Transport,
  type Way,
} from './plan.js';

/** What there is at an application, and on the way to it. */
type Setting = Pick<RoundPlan, 'scope' | 'hasMiddleware' | 'hasOuterInterceptor' | 'isBare'> & {
  readonly transport: Transport;
  readonly isExpress: boolean;
};

/** The ways there are at a place: a parameter is for handlers, and only what is made for a request is injected. */
function waysAt(place: Place, controller: RequestPlan['controller'], { scope }: Setting): readonly Way[] {
  if (place === 'app.use') return ['response'];
  if (place === 'pipe') return ['injected'];
  // one that stands outside of all controllers is made once
  if (place.startsWith('outer')) return scope === 'default' ? ['injected', 'response'] : ['response'];
  if (place === 'middleware' || place === 'guard') return ['injected', 'injected', 'response'];
  if (controller === 'static' && scope === 'request') return ['parameter', 'parameter', 'response'];
  return ['parameter', 'injected', 'response'];
}

/** The places of a request at which tasks can be added, the likely ones more than once. */
function placesOf(ending: Ending, controller: RequestPlan['controller'], setting: Setting): Place[] {
  const { reaches, awaits, isEndless } = factsOf(ending);
  const places: Place[] = setting.hasMiddleware ? ['middleware'] : [];
  // on Fastify, a response is a plain object there
  if (setting.hasMiddleware && setting.isExpress) places.push('app.use');
  if (reaches !== 'middleware' && controller === 'scoped') places.push('guard');
  if (reaches !== 'middleware' && setting.hasOuterInterceptor) places.push('outer interceptor');
  if (reaches !== 'handler') return places;
  places.push('handler', 'handler', 'handler', 'unawaited');
  if (controller === 'scoped') places.push('pipe');
  if (awaits) places.push('handler, later', 'handler, later');
  if (setting.hasOuterInterceptor && isEndless !== true) places.push('outer interceptor, after');
  return places;
}

/** The calls of a handler that fail before one does as its ending says. */
function failuresOf(ending: Ending, seed: number): number {
  if (ending === 'retried') return 1 + (seed % RETRIES);
  return ending === 'retried-in-vain' ? RETRIES : 0;
}

/** In which call of the handler `place` is come to. */
function callAt(place: Place, failures: number, seed: number): number {
  if (place === 'outer interceptor, after') return failures + 1;
  const isOfCall = place === 'pipe' || place === 'unawaited' || place.startsWith('handler');
  return isOfCall ? 1 + (seed % (failures + 1)) : 1;
}

const DAWDLING: readonly Place[] = ['middleware', 'outer interceptor', 'pipe', 'handler', 'handler', 'handler'];

type RequestDraft = (setting: Setting) => RequestPlan;

const requestDraft: Arbitrary<RequestDraft> = fc
  .record({ seed: upTo(1_000_000), adds: addDrafts, turns: upTo(12), isScoped: chance(40), isHuge: chance(1) })
  .map(({ seed, adds, turns, isScoped, isHuge }) => (setting) => {
    const ending = isHuge && setting.transport !== 'inject' ? 'huge' : pick(endingsFor(setting), seed);
    const controller = isScoped || factsOf(ending).reaches === 'guard' ? 'scoped' : 'static';
    const places = placesOf(ending, controller, setting);
    const failures = failuresOf(ending, seed);
    const drafts = places.length === 0 ? [] : adds;
    const placed = drafts.map((draft, index) => {
      const place = pick(places, seed + index * 7);
      return draft(place, waysAt(place, controller, setting), callAt(place, failures, seed + index));
    });
    const dawdlesAt = pick(DAWDLING, seed >> 3);
    return { id: UNNAMED, controller, ending, turns, dawdlesAt, failures, adds: placed };
  });

const isNode24 = Number.parseInt(process.versions.node, 10) >= 24;

/** Huge bodies take most of the time and tell least: they have a chance of their own. */
function endingsFor({ transport, hasMiddleware, hasOuterInterceptor, isBare, isExpress }: Setting): Ending[] {
  const all = Object.keys(ENDINGS) as Ending[];
  return all.filter((ending) => {
    const { needs, isEndless } = factsOf(ending);
    if (ending === 'huge' || (needs === 'middleware' && !hasMiddleware)) return false;
    if (needs === 'outer interceptor' && !hasOuterInterceptor) return false;
    if (ending === 'interceptor-throws' && isBare) return false;
    if (needs === 'Express' && !isExpress) return false;
    // Node 24 leaves the connection of a response that was destroyed before its turn open, and what follows unanswered
    if (ending === 'broken-file' && isNode24 && transport === 'HTTP/1.1') return false;
    // a handler that nobody tears down never ends
    const needsNoTeardown = ending === 'cut-off' || ending === 'held-up';
    if (isEndless === true) return (nest.tearsDown || needsNoTeardown) && transport !== 'inject';
    // the events of Nest 11 need a socket
    return transport !== 'inject' || nest.is12 || ending !== 'sse-that-ends';
  });
}

const hangUp: Arbitrary<HangUpPlan> = fc.record({
  after: fc.constantFrom('sending' as const, 'arrival' as const, 'first byte' as const),
  turns: upTo(20),
  stopsReading: chance(25),
  isWhole: fc.boolean(),
});

type BurstDraft = (setting: Setting) => BurstPlan;

const burstDraft: Arbitrary<BurstDraft> = fc
  .record({
    drafts: fc.oneof(listOf(requestDraft, 1, 1), listOf(requestDraft, 1, 2), listOf(requestDraft, 2, 4)),
    hangUp,
    isLeft: chance(20),
  })
  .map(({ drafts, isLeft, ...burst }) => (setting) => {
    const all = drafts.map((draft) => draft(setting));
    // what is sent after a body that never comes to its end would be taken for it
    const cutOff = all.findIndex(({ ending }) => ending === 'cut-off');
    const requests = cutOff === -1 ? all : all.slice(0, cutOff + 1);
    const needsLeaving = requests.some(({ ending }) => factsOf(ending).isEndless);
    const leaves = setting.transport !== 'inject' && (isLeft || needsLeaving);
    return { requests, hangUp: leaves ? burst.hangUp : undefined };
  });

const connectionDraft = fc.record({ seed: upTo(1_000), bursts: listOf(burstDraft, 1, 4) });

const CONNECTIONS = 20;

const roundDraft = fc.record({
  scope: fc.constantFrom('request' as const, 'default' as const),
  hasMiddleware: chance(60),
  hasPool: chance(60),
  hasOuterInterceptor: chance(40),
  hasInterceptor: chance(30),
  onFailure: oneOf([2, 'stop' as const], [1, 'continue' as const]),
  concurrency: oneOf([2, Infinity], [1, 1], [1, 3]),
  maxPending: oneOf([4, Infinity], [1, 1], [1, 3], [1, 10]),
  closesAfter: oneOf([6, Infinity], [1, CONNECTIONS], [1, 2 * CONNECTIONS]),
  clients: oneOf([1, 1], [2, 4], [2, 10]),
  connections: listOf(connectionDraft, CONNECTIONS, CONNECTIONS),
  shared: sharedTasks,
  isBare: chance(50),
});

/** Generates one round: always the same for one seed. Its names begin with `prefix`. */
export function generateRound(
  seed: number,
  transports: readonly Transport[],
  isExpress: boolean,
  prefix = '',
): RoundPlan {
  const [draft] = fc.sample(fc.noBias(roundDraft), { seed, numRuns: 1 });
  if (draft === undefined) throw new Error('fast-check has generated nothing');
  const { scope, hasMiddleware, hasOuterInterceptor, connections, shared } = draft;
  const isBare = draft.isBare && !hasOuterInterceptor && DEFAULT_OPTIONS.bind === 'needed';
  const round: RoundPlan = {
    ...draft,
    seed,
    isBare,
    // only middleware uses it
    hasPool: draft.hasPool && hasMiddleware,
    connections: connections.map(({ seed: which, bursts }) => {
      const transport = pick(transports, which);
      const setting = { scope, hasMiddleware, hasOuterInterceptor, isBare, transport, isExpress };
      return { transport, bursts: bursts.map((burst) => burst(setting)) };
    }),
    shared: shared.map((task, index) => ({ ...task, name: `${prefix}shared.${index}` })),
  };
  return numbered(round, prefix);
}

/** Gives the requests their ids, and the tasks their names. */
function numbered(round: RoundPlan, prefix: string): RoundPlan {
  let requests = 0;
  const connections = round.connections.map(({ transport, bursts }): ConnectionPlan => ({
    transport,
    bursts: bursts.map((burst) => ({
      ...burst,
      requests: burst.requests.map((request) => withNames(request, `${prefix}${requests++}`)),
    })),
  }));
  return { ...round, connections };
}

function withNames(request: RequestPlan, id: string): RequestPlan {
  let tasks = 0;
  const named = (adds: readonly AddPlan[]): AddPlan[] =>
    adds.map((add) => ({
      ...add,
      tasks: add.tasks.map((task) => ({ ...task, name: `${id}.${tasks++}`, nested: named(task.nested) })),
    }));
  return { ...request, id, adds: named(request.adds) };
}
