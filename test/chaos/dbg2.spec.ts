import { it } from '@jest/globals';
import { platforms } from '../harness/application.js';
import { generateDurableRound } from './durable-generate.js';
import { DurableStage } from './durable-stage.js';
import { doDurableRound } from './durable-round.js';
it('x', async () => {
  const plan = generateDurableRound(Number(process.env.S ?? 1000));
  let stage!: DurableStage;
  const see = DurableStage.prototype.hear;
  DurableStage.prototype.hear = function (e) { stage = this; (this as any).all ??= []; (this as any).all.push(e); see.call(this, e); };
  const v = await doDurableRound(plan, platforms[Number(process.env.P ?? 0)]!);
  const log = (x: unknown) => process.stdout.write(JSON.stringify(x) + '\n');
  log(v.slice(0, 10));
  const all = (stage as any).all as any[];
  const ids = new Set(all.filter(e => e.batchId).map(e => e.batchId));
  for (const id of ids) {
    const es = all.filter(e => e.batchId === id);
    const done = es.some(e => e.type === 'finished' || e.type === 'released');
    const show = process.env.N ? es.some(e => (e.name ?? '').startsWith(process.env.N!) || (e.names ?? []).some((n: string) => n.startsWith(process.env.N!))) : !done;
    if (show) log(es.map(e => [e.type, e.name ?? e.names, e.reason ?? e.attempt ?? e.outcome, e.error?.message ?? '', id.slice(0, 4)].join(' ')));
  }
});
