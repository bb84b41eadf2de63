import type { Batch } from '../batch/batch.js';
import { clock } from '../batch/clock.js';
import { lookAt } from '../errors/safely.js';
import { nameOf, quoted } from '../errors/wording.js';
import type { Call } from '../batch/outcome.js';
import type { TaskLog } from './task-log.js';

/** Milliseconds between two lines about refusals: there may be thousands in a second, and they all say the same. */
const BETWEEN_LINES = 60_000;
/** How many tasks and handlers a line names. */
const MOST_NAMED = 5;

/** What fills the process. */
export interface Filling {
  /** Batches with tasks, some of which wait. */
  readonly waiting: Iterable<Batch>;
  /** The names of the tasks that run. */
  readonly running: readonly string[];
}

/** Warns, once a minute at most, of tasks that were refused, and says what fills the process. */
export class RefusalWarning {
  readonly #log: TaskLog;
  #lastLine = -Infinity;
  #untold = 0;

  constructor(log: TaskLog) {
    this.#log = log;
  }

  refused(name: string, count: number, maxPending: number, look: () => Filling): void {
    const now = clock.now();
    this.#untold += count;
    if (now < this.#lastLine + BETWEEN_LINES) return;
    const others = this.#untold === 1 ? '' : ` (and ${this.#untold - 1} more since the last such line)`;
    this.#lastLine = now;
    this.#untold = 0;
    this.#log.refused(name, `\`maxPending\` is ${maxPending}${others}. ${inWords(look())}`);
  }
}

function inWords({ waiting, running }: Filling): string {
  const tasks: string[] = [];
  const handlers: string[] = [];
  for (const batch of waiting) {
    for (const task of batch) tasks.push(nameOf(task));
    const { atWork, clientHasLeft } = batch.settling;
    for (const call of atWork)
      handlers.push(clientHasLeft ? `${handlerOf(call)} whose client has left` : handlerOf(call));
  }
  return [
    `${tasks.length} wait${most(tasks.map(quote))}, ${running.length} run${most(running.map(quote))}.`,
    ...(handlers.length > 0 ? [`Handlers that have not ended keep tasks waiting${most(handlers)}.`] : []),
  ].join(' ');
}

function quote(name: string): string {
  return quoted([name]);
}

/** As users' classes and methods are called, whatever they have for a name. */
function handlerOf(call: Call): string {
  return quote(lookAt(() => call.name ?? 'a handler', 'a handler'));
}

/** What is most frequent among `texts`, each with how often it is there. */
function most(texts: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  if (sorted.length === 0) return '';
  const named = sorted.slice(0, MOST_NAMED).map(([text, count]) => (count === 1 ? text : `${count} × ${text}`));
  const more = sorted.length - named.length;
  return `: ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
