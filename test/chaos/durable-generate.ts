import fc, { type Arbitrary } from 'fast-check';
import type {
  DurableEnding,
  DurablePlace,
  DurableRequestPlan,
  DurableRoundPlan,
  DurableTaskPlan,
  ReleaseFault,
  SubmitFault,
} from './durable-plan.js';
import { chance, listOf, oneOf, UNNAMED, upTo } from './generate-tasks.js';

const runOn = oneOf([6, 'success' as const], [2, 'always' as const], [1, 'failure' as const]);

const work = {
  name: fc.constant(UNNAMED),
  pace: oneOf([6, 'at once' as const], [5, 'turns' as const], [1, 'until its signal aborts' as const]),
  failures: oneOf([12, 0], [3, 1], [1, 2], [1, 9]),
  retries: oneOf([3, 0], [2, 1], [2, 3]),
  lapse: oneOf([14, 'never' as const], [1, 'begins' as const], [1, 'ends' as const], [1, 'checkpoint' as const]),
};

const nestedTask: Arbitrary<DurableTaskPlan> = fc.record({
  ...work,
  isDurable: fc.constant(true),
  place: fc.constant('step' as const),
  runOn: oneOf([3, 'success' as const], [1, 'always' as const]),
  isCancelled: fc.constant(false),
  isTwice: fc.constant(false),
  nested: fc.constant([]),
});

const place: Arbitrary<DurablePlace> = oneOf<DurablePlace>(
  [2, 'guard'],
  [6, 'handler'],
  [2, 'interceptor'],
  [2, 'attached'],
  [1, 'late'],
);

const task: Arbitrary<DurableTaskPlan> = fc.record({
  ...work,
  isDurable: chance(75),
  place,
  runOn,
  isCancelled: chance(8),
  isTwice: chance(15),
  nested: oneOf([5, 0], [1, 1], [1, 2]).chain((count) => listOf(nestedTask, count, count)),
});

const ending: Arbitrary<DurableEnding> = oneOf<DurableEnding>(
  [6, 'returns'],
  [4, 'takes-turns'],
  [3, 'throws'],
  [4, 'sends'],
  [2, 'sends-and-throws'],
  [2, 'streams'],
  [2, 'events'],
  [2, 'denied'],
  [1, 'commits'],
  [1, 'rolls-back'],
);

const submitFault: Arbitrary<SubmitFault> = oneOf<SubmitFault>(
  [3, 'none'],
  [1, 'slow'],
  [2, 'rejects'],
  [1, 'rejects too late'],
  [1, 'never answers'],
  [2, 'stores too late'],
  [2, 'stores and rejects'],
  [1, 'stores and answers too late'],
);

const releaseFault: Arbitrary<ReleaseFault> = oneOf<ReleaseFault>(
  [3, 'rejects'],
  [2, 'does and rejects'],
  [1, 'is too late'],
  [1, 'never answers'],
);

const few = <T>(fault: Arbitrary<T>): Arbitrary<T[]> =>
  oneOf([5, 0], [2, 1], [1, 2]).chain((count) => listOf(fault, count, count));

const requestDraft: Arbitrary<DurableRequestPlan> = fc.record({
  id: fc.constant(UNNAMED),
  ending,
  isLeft: chance(8),
  turns: upTo(6),
  tasks: listOf(task, 0, 6),
  submitFaults: few(submitFault),
  releaseFaults: few(releaseFault),
});

const REQUESTS = 40;

const roundDraft = fc.record({
  scope: fc.constantFrom('request' as const, 'default' as const),
  hasOtherWorker: fc.boolean(),
  closesOtherAfter: oneOf([1, Infinity], [1, REQUESTS / 2]),
  concurrency: oneOf([2, 10], [1, 1], [1, 3]),
  clients: oneOf([1, 1], [2, 4], [2, 10]),
  requests: listOf(requestDraft, REQUESTS, REQUESTS),
});

/** Generates one round: always the same for one seed. */
export function generateDurableRound(seed: number): DurableRoundPlan {
  const [draft] = fc.sample(fc.noBias(roundDraft), { seed, numRuns: 1 });
  if (draft === undefined) throw new Error('fast-check has generated nothing');
  const requests = draft.requests.map((request, index) => named(request, `r${index}`, draft.scope === 'default'));
  return { ...draft, seed, requests };
}

/** Steps find tasks to add to by their async context alone. */
function named(request: DurableRequestPlan, id: string, canNest: boolean): DurableRequestPlan {
  const tasks = request.tasks.map((each, index): DurableTaskPlan => {
    const nested = canNest && each.isDurable ? each.nested : [];
    return { ...each, name: `${id}.${index}`, nested };
  });
  return { ...request, id, tasks };
}
