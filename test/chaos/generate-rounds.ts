import fc, { type Arbitrary } from 'fast-check';
import { nest } from '../harness/nest.js';
import { type AddDraft, addDrafts, chance, listOf, oneOf, pick, UNNAMED, upTo } from './generate-tasks.js';
import {
  type AddPlan,
  type BurstPlan,
  type ConnectionPlan,
  type Ending,
  ENDINGS,
  factsOf,
  type HangUpPlan,
  type Place,
  type RequestPlan,
  type RoundPlan,
  type Transport,
  type Way,
} from './plan.js';

/** The ways there are at a place: a parameter is for handlers, and only what is made for a request is injected. */
function waysAt(place: Place, controller: RequestPlan['controller']): readonly Way[] {
  if (place === 'middleware' || place === 'guard') return ['injected', 'injected', 'response'];
  if (controller === 'static') return ['parameter', 'parameter', 'response'];
  return ['parameter', 'injected', 'response'];
}

/** The places of a request at which tasks can be added, the likely ones more than once. */
function placesOf(ending: Ending, controller: RequestPlan['controller'], hasMiddleware: boolean): Place[] {
  const { reaches, awaits } = factsOf(ending);
  const places: Place[] = hasMiddleware ? ['middleware'] : [];
  if (reaches !== 'middleware' && controller === 'scoped') places.push('guard');
  if (reaches === 'handler') places.push('handler', 'handler', 'handler', 'unawaited');
  if (awaits) places.push('handler, later', 'handler, later');
  return places;
}

type RequestDraft = (transport: Transport, hasMiddleware: boolean) => RequestPlan;

const requestDraft: Arbitrary<RequestDraft> = fc
  .record({ seed: upTo(1_000_000), adds: addDrafts, turns: upTo(12), isScoped: chance(40), isHuge: chance(1) })
  .map(({ seed, adds, turns, isScoped, isHuge }) => (transport, hasMiddleware) => {
    const endings = endingsFor(transport, hasMiddleware);
    const ending = isHuge && transport !== 'inject' ? 'huge' : pick(endings, seed);
    const controller = isScoped || factsOf(ending).reaches === 'guard' ? 'scoped' : 'static';
    const places = placesOf(ending, controller, hasMiddleware);
    return { id: UNNAMED, controller, ending, turns, adds: places.length === 0 ? [] : placed(adds, places, seed) };

    function placed(drafts: readonly AddDraft[], among: readonly Place[], first: number): AddPlan[] {
      return drafts.map((draft, index) => {
        const place = pick(among, first + index * 7);
        return draft(place, waysAt(place, controller));
      });
    }
  });

const isNode24 = Number.parseInt(process.versions.node, 10) >= 24;

/** Huge bodies take most of the time and tell least: they have a chance of their own. */
function endingsFor(transport: Transport, hasMiddleware: boolean): Ending[] {
  const all = Object.keys(ENDINGS) as Ending[];
  return all.filter((ending) => {
    if (ending === 'huge' || (ending.startsWith('middleware') && !hasMiddleware)) return false;
    // Node 24 leaves the connection of a response that was destroyed before its turn open, and what follows unanswered
    if (ending === 'broken-file' && isNode24 && transport === 'HTTP/1.1') return false;
    // a handler that nobody tears down never ends
    if (factsOf(ending).isEndless === true) return nest.tearsDown && transport !== 'inject';
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

type BurstDraft = (transport: Transport, hasMiddleware: boolean) => BurstPlan;

const burstDraft: Arbitrary<BurstDraft> = fc
  .record({
    drafts: fc.oneof(listOf(requestDraft, 1, 1), listOf(requestDraft, 1, 2), listOf(requestDraft, 2, 4)),
    hangUp,
    isLeft: chance(20),
  })
  .map(({ drafts, isLeft, ...burst }) => (transport, hasMiddleware) => {
    const requests = drafts.map((draft) => draft(transport, hasMiddleware));
    const needsLeaving = requests.some(({ ending }) => factsOf(ending).isEndless);
    const leaves = transport !== 'inject' && (isLeft || needsLeaving);
    return { requests, hangUp: leaves ? burst.hangUp : undefined };
  });

const connectionDraft = fc.record({ seed: upTo(1_000), bursts: listOf(burstDraft, 1, 4) });

const CONNECTIONS = 20;

const roundDraft = fc.record({
  hasMiddleware: fc.boolean(),
  hasInterceptor: chance(30),
  onFailure: oneOf([2, 'stop' as const], [1, 'continue' as const]),
  concurrency: oneOf([2, Infinity], [1, 1], [1, 3]),
  maxPending: oneOf([4, Infinity], [1, 1], [1, 3], [1, 10]),
  closesAfter: oneOf([6, Infinity], [1, CONNECTIONS], [1, 2 * CONNECTIONS]),
  clients: oneOf([1, 1], [2, 4], [2, 10]),
  connections: listOf(connectionDraft, CONNECTIONS, CONNECTIONS),
});

/** Generates one round: always the same for one seed. */
export function generateRound(seed: number, transports: readonly Transport[]): RoundPlan {
  const [draft] = fc.sample(fc.noBias(roundDraft), { seed, numRuns: 1 });
  if (draft === undefined) throw new Error('fast-check has generated nothing');
  const { hasMiddleware, connections } = draft;
  return numbered({
    ...draft,
    connections: connections.map(({ seed: which, bursts }) => {
      const transport = pick(transports, which);
      return { transport, bursts: bursts.map((burst) => burst(transport, hasMiddleware)) };
    }),
  });
}

/** Gives the requests their ids, and the tasks their names. */
function numbered(round: RoundPlan): RoundPlan {
  let requests = 0;
  const connections = round.connections.map(({ transport, bursts }): ConnectionPlan => ({
    transport,
    bursts: bursts.map((burst) => ({
      ...burst,
      requests: burst.requests.map((request) => withNames(request, `${requests++}`)),
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
