/** What a process prints of a step, and when by the wall clock. */
export interface Happened {
  readonly name: string;
  readonly step: number;
  readonly what: 'begins' | 'ends' | 'fails' | 'is lost';
  readonly at: number;
}

/** What happened to one batch in all processes, in order, and who did it. */
export interface Told extends Happened {
  readonly by: number;
}

/** The steps of each batch. */
export const STEPS = 3;

/** What is wrong with what happened to a batch; `killed` are the processes that did not live on, and when. */
export function faults(all: readonly Told[], killed: ReadonlyMap<number, number>): string[] {
  return [...all.flatMap((told, index) => wrongWith(told, all.slice(0, index), killed)), ...unfinished(all)];
}

function wrongWith(told: Told, before: readonly Told[], killed: ReadonlyMap<number, number>): string[] {
  const { step, what, by, at, name } = told;
  if (what !== 'begins') return [];
  const found: string[] = [];
  const steps = before.map((each) => each.step);
  if (step < Math.max(...steps)) found.push(`step ${step} ran again although a later one had begun`);
  if (step > 0 && !before.some((each) => each.step === step - 1 && each.what === 'ends')) {
    found.push(`step ${step} ran before step ${step - 1} had ended`);
  }
  const latest = before.findLast((each) => each.step === step);
  // the end of a step may not have been written down when its worker was killed
  const mayRunAgain = latest === undefined || latest.what === 'fails' || (killed.get(latest.by) ?? Infinity) <= at;
  if (!mayRunAgain) found.push(`step ${step} ran again, in ${by}, though ${latest.by} lives`);
  return found.map((fault) => `${name}: ${fault}`);
}

/** Nothing that was begun, or stored, may be left. */
function unfinished(all: readonly Told[]): string[] {
  const latest = all.at(-1);
  if (latest === undefined) return ['a batch never ran'];
  const isOver = latest.what === 'fails' || (latest.what === 'ends' && latest.step === STEPS - 1);
  return isOver ? [] : [`${latest.name}: it ended where step ${latest.step} ${latest.what}`];
}

/** Milliseconds from each kill until another process began again with what the killed one was at. */
export function recoveries(all: readonly Told[], killed: ReadonlyMap<number, number>): number[] {
  return [...killed].flatMap(([by, at]) => {
    const names = new Set(all.filter((told) => told.by === by).map(({ name }) => name));
    return [...names].flatMap((name) => {
      const latest = all.findLast((told) => told.name === name && told.at <= at);
      const next = all.find((told) => told.name === name && told.at > at && told.by !== by);
      return latest?.by === by && latest.what === 'begins' && next !== undefined ? [next.at - at] : [];
    });
  });
}
