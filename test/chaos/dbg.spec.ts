import { it } from '@jest/globals';
import { generateDurableRound } from './durable-generate.js';
it('x', () => {
  const p = generateDurableRound(Number(process.env.S ?? 1000));
  const w = (process.env.W ?? '').split(',');
  process.stdout.write(JSON.stringify({...p, requests: 0}) + '\n');
  for (const r of p.requests) if (w.includes(r.id)) process.stdout.write(JSON.stringify(r, null, 1).replace(/\n\s+(?!\{)/g,' ') + '\n');
});
