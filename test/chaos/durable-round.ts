import { once } from 'node:events';
import http from 'node:http';
import { type Platform, request } from '../harness/application.js';
import { type DurableProcess, startServer, startWorker } from './durable-application.js';
import { violationsOf } from './durable-model.js';
import type { DurableRequestPlan, DurableRoundPlan } from './durable-plan.js';
import { wrongWithCounts, wrongWithRedriven } from './durable-sums.js';
import { DurableStage } from './durable-stage.js';
import { turns } from './turns.js';

/** Milliseconds without anything that is seen, after which a round is stuck. */
const STUCK = 8_000;

/** Does one round against processes of its own, and judges it: what is wrong, if anything. Jest itself fails for a rejection that nobody handles. */
export async function doDurableRound(plan: DurableRoundPlan, platform: Platform): Promise<string[]> {
  const stage = new DurableStage(plan);
  const server = await startServer(platform, stage);
  const round = new DurableRound(stage, server, plan.hasOtherWorker ? await startWorker(stage) : undefined);
  await untilStuck(stage, round);
  return stage.violations;
}

async function untilStuck(stage: DurableStage, round: DurableRound): Promise<void> {
  let last = -1;
  let watch: NodeJS.Timeout | undefined;
  const stuck = new Promise<void>((resolve) => {
    watch = setInterval(() => {
      if (stage.moments === last) resolve(complainOfWaiting(stage, round));
      last = stage.moments;
    }, STUCK);
  });
  await Promise.race([round.drive(), stuck]);
  clearInterval(watch);
}

function complainOfWaiting(stage: DurableStage, round: DurableRound): void {
  stage.complain(`the round is stuck with ${round.counts}`);
  for (const { plan, isOver } of stage.requests.values()) if (!isOver) stage.complain(`${plan.id} is not over`);
  for (const { id, tasks } of stage.batches.values()) {
    const state = stage.store.find(id)?.state;
    if (state === 'waiting' || state === 'active') stage.complain(`${id} is ${state}: ${tasks.join()}`);
  }
}

/** The requests of one round, a limited number of them at once. */
class DurableRound {
  readonly #stage: DurableStage;
  readonly #server: DurableProcess & { readonly port: number };
  readonly #other: DurableProcess | undefined;
  #next = 0;

  constructor(stage: DurableStage, server: DurableProcess & { readonly port: number }, other?: DurableProcess) {
    this.#stage = stage;
    this.#server = server;
    this.#other = other;
  }

  async drive(): Promise<void> {
    await Promise.all(Array.from({ length: this.#stage.plan.clients }, () => this.#askSome()));
    await this.#untilQuiet();
    for (const seen of this.#stage.requests.values()) {
      for (const what of violationsOf(seen, this.#stage)) this.#stage.complain(`${seen.plan.id}: ${what}`);
    }
    await this.#redrive();
    for (const each of this.#open) await this.#close(each);
    for (const each of this.#processes) wrongWithCounts(each).forEach((what) => this.#stage.complain(what));
  }

  /** What each process still has to do. */
  get counts(): string {
    return JSON.stringify(this.#processes.map(({ runner }) => runner.stats()));
  }

  get #processes(): DurableProcess[] {
    return [this.#server, ...(this.#other === undefined ? [] : [this.#other])];
  }

  get #open(): DurableProcess[] {
    return this.#processes.filter(({ isClosed }) => !isClosed);
  }

  async #askSome(): Promise<void> {
    const { requests, closesOtherAfter } = this.#stage.plan;
    for (let plan = requests[this.#next++]; plan !== undefined; plan = requests[this.#next++]) {
      await this.#ask(plan);
      if (this.#next >= closesOtherAfter && this.#other?.isClosed === false) await this.#close(this.#other);
    }
  }

  async #ask({ id, ending, isLeft }: DurableRequestPlan): Promise<void> {
    const seen = this.#stage.requestAt(id);
    const path = `/${ending}/${id}`;
    if (isLeft) return this.#leave(path, seen.arrived.promise);
    const { status, body } = await request(this.#server, path);
    Object.assign(seen, { status, body });
    this.#stage.moments++;
  }

  /** A client that is gone before its answer is there, perhaps. */
  async #leave(path: string, arrived: Promise<void>): Promise<void> {
    const { port } = this.#server;
    const outgoing = http.get({ host: '127.0.0.1', port, path, agent: false });
    outgoing.on('error', () => undefined);
    await arrived;
    await turns(this.#next % 4);
    outgoing.destroy();
  }

  async #close(each: DurableProcess): Promise<void> {
    each.isClosed = true;
    await each.app.close();
  }

  /** Nothing is at work any more, in any process and in the store. */
  async #untilQuiet(): Promise<void> {
    const { store, requests } = this.#stage;
    await Promise.all(Array.from(requests.values(), ({ over }) => over.promise));
    for (;;) {
      await turns(5);
      await Promise.all(this.#open.map(({ runner }) => runner.idle()));
      if (this.#isQuiet) return;
      const ends = this.#processes.map(({ engine }) => engine.nextEnd());
      if (this.#isStoreBusy) await Promise.race([once(store.changes, 'change'), ...ends]);
    }
  }

  get #isQuiet(): boolean {
    const isAtWork = this.#open.some(({ runner }) => runner.stats().batches > 0);
    return !isAtWork && !this.#isStoreBusy;
  }

  get #isStoreBusy(): boolean {
    const { store, batches } = this.#stage;
    const states = Array.from(batches.keys(), (id) => store.find(id)?.state);
    const isOpen = this.#processes.some(({ engine }) => !engine.isQuiet);
    return isOpen || states.some((state) => state === 'waiting' || state === 'active');
  }

  /** Whatever has failed goes on, and does not fail again. */
  async #redrive(): Promise<void> {
    this.#stage.isHealed = true;
    const failed = this.#stage.store.failed();
    const before = new Map(Array.from(this.#stage.tasks, ([name, { ends }]) => [name, ends.length]));
    for (const { id } of failed) await this.#server.engine.redrive(id);
    await this.#untilQuiet();
    wrongWithRedriven(this.#stage, new Set(failed.map(({ id }) => id)), before).forEach((what) =>
      this.#stage.complain(what),
    );
  }
}
