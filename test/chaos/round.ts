import type { Platform } from '../harness/application.js';
import { type Running, start } from './application.js';
import { type Client, InjectingClient } from './client.js';
import { Http1Client } from './http1-client.js';
import { Http2Client } from './http2-client.js';
import { lineViolations, violationsOf } from './model.js';
import { type BurstPlan, type ConnectionPlan, factsOf, type HangUpPlan } from './plan.js';
import { Stage, type Violation } from './stage.js';
import { forgetLines } from './task-lines.js';
import { turns } from './turns.js';

/** What a round came to. */
export interface RoundResult {
  readonly requests: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly skipped: number;
  readonly refused: number;
  readonly violations: readonly Violation[];
}

/** Does one round against an application of its own, and judges it; `host` is an application that it is called from. */
export async function doRound(stage: Stage, platform: Platform, host?: Stage): Promise<RoundResult> {
  const running = await start(platform, stage);
  await untilOver(new Round(stage, running, host), stage);
  forgetLines(stage);
  if (running.judge.drained !== 1) stage.complain(`drained ${running.judge.drained} times`);
  return judged(stage, platform);
}

/** Milliseconds without anything that is seen, after which a round is stuck. */
const STUCK = 8_000;

/** Waits for `round`, but not for ever: a task that is lost would hold it up. */
async function untilOver(round: Round, stage: Stage): Promise<void> {
  let watch: NodeJS.Timeout | undefined;
  const stuck = new Promise<void>((resolve) => {
    let last = -1;
    watch = setInterval(() => {
      if (stage.moments === last) resolve(complainOfWaiting(stage));
      last = stage.moments;
    }, STUCK);
  });
  await Promise.race([round.drive(), stuck]);
  clearInterval(watch);
  round.isAbandoned = true;
}

function complainOfWaiting(stage: Stage): void {
  for (const request of stage.requests.values()) {
    if (request.isWaiting) stage.complain('is not over, or its tasks are not', request);
  }
  stage.complain('the round is stuck');
}

function judged(stage: Stage, { isFastify }: Platform): RoundResult {
  const requests = [...stage.requests.values()].filter(({ hasArrived }) => hasArrived);
  for (const request of requests) {
    for (const what of violationsOf(request, stage.plan, isFastify)) stage.complain(what, request);
  }
  for (const what of lineViolations(requests, stage.plan)) stage.complain(what);
  const { batches, pending, running, ...sums } = stage.counts;
  if (batches + pending + running > 0) stage.complain('something is left');
  return { ...sums, requests: requests.length, violations: stage.violations };
}

/** The connections of one round, a limited number of them at once. */
export class Round {
  /** Nobody waits for it any longer. */
  isAbandoned = false;
  #next = 0;
  #closing?: Promise<void>;

  constructor(
    private readonly stage: Stage,
    private readonly running: Running,
    private readonly host?: Stage,
  ) {}

  async drive(): Promise<void> {
    const { clients } = this.stage.plan;
    await Promise.all(Array.from({ length: clients }, () => this.#driveSome()));
    this.stage.errands.end();
    await this.#closing;
    await this.#untilQuiet();
    await this.#close();
    await this.#untilQuiet();
  }

  #close(): Promise<void> {
    this.stage.isClosing = true;
    this.#closing ??= this.running.app.close();
    return this.#closing;
  }

  async #driveSome(): Promise<void> {
    const { connections } = this.stage.plan;
    for (let plan = connections[this.#next++]; plan !== undefined; plan = connections[this.#next++]) {
      await this.#driveOne(plan);
    }
  }

  async #driveOne(plan: ConnectionPlan): Promise<void> {
    let client: Client | undefined;
    for (const burst of plan.bursts) {
      if (this.stage.arrived >= this.stage.plan.closesAfter) void this.#close();
      if (client === undefined || client.isClosed) client = await this.#open(plan);
      if (client === undefined) return;
      await this.#ask(client, burst);
    }
    await client?.close();
  }

  async #open({ transport }: ConnectionPlan): Promise<Client | undefined> {
    const { app, port } = this.running;
    try {
      if (transport === 'inject') return new InjectingClient(app, this.host?.errands);
      return await (transport === 'HTTP/2' ? Http2Client : Http1Client).open(port);
    } catch (error) {
      if (this.#closing === undefined) throw error;
      return undefined;
    }
  }

  async #ask(client: Client, { requests, hangUp }: BurstPlan): Promise<void> {
    const asked = client.ask(requests);
    if (hangUp !== undefined)
      await this.#hangUp(
        client,
        requests.map(({ id }) => id),
        hangUp,
        asked,
      );
    const statuses = await asked;
    const breaks = requests.some(({ ending }) => factsOf(ending).breaks);
    const mayBeLost = breaks || hangUp !== undefined || this.#closing !== undefined;
    requests.forEach(({ id }, index) => {
      const seen = this.stage.requestAt(id);
      seen.status = statuses[index];
      if (breaks) seen.mayLookAborted = true;
      if (seen.status === undefined && !mayBeLost) this.stage.complain('was never answered', seen);
    });
  }

  async #hangUp(client: Client, ids: readonly string[], plan: HangUpPlan, asked: Promise<unknown>): Promise<void> {
    const arrived = Promise.all(ids.map((id) => this.stage.requestAt(id).arrived.promise));
    const moments = { sending: Promise.resolve(), arrival: arrived, 'first byte': client.firstByte };
    // one that has not sent anything may never do so
    await Promise.race([
      asked,
      plan.after === 'first byte'
        ? Promise.race([client.firstByte, arrived.then(() => turns(20))])
        : moments[plan.after],
    ]);
    if (plan.stopsReading) client.stopReading();
    await turns(plan.turns);
    client.hangUp(plan.isWhole);
  }

  /** Nothing is at work any more: no response, no handler, no task, nothing that nobody awaited. */
  async #untilQuiet(): Promise<void> {
    const { stage, running } = this;
    for (let quiet = 0; quiet < 5 && !this.isAbandoned; quiet++) {
      await Promise.allSettled(stage.atWork);
      const arrived = [...stage.requests.values()].filter(({ hasArrived }) => hasArrived);
      await Promise.all(arrived.map(({ over }) => over.promise));
      await turns(20);
      if (!stage.isClosing && arrived.some(({ isStranded }) => isStranded)) return;
      await running.runner.idle();
      await turns(1);
      const isAtWork = stage.atWork.size > 0 || stage.counts.batches > 0 || running.runner.stats().batches > 0;
      if (isAtWork) quiet = 0;
    }
  }
}
