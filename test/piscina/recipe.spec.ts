import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { BackgroundTasksModule } from 'nestjs-background-tasks';
import { PiscinaTasksModule } from 'nestjs-background-tasks/piscina';
import { platforms, request, start } from '../harness/application.js';
import { expectCodeOf } from '../harness/recipe.js';
import { announced, ReportsController } from './reports/reports.controller.js';

describe.each(platforms)('a WorkerTask on $name', (platform) => {
  it('does what the recipe says', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'reports-'));
    const path = join(directory, 'report.csv');
    const running = await start(platform, {
      imports: [
        BackgroundTasksModule,
        PiscinaTasksModule.forRoot({ minThreads: 1, maxThreads: 2, resourceLimits: { maxOldGenerationSizeMb: 256 } }),
      ],
      controllers: [ReportsController],
    });
    const rows = [
      { name: 'Ada', total: 1 },
      { name: 'Grace', total: 2 },
    ];
    const answer = await request(running, '/reports', { method: 'POST', body: { path, rows } });
    expect(answer.body).toBe('{"status":"on its way"}');
    await running.runner.idle();
    expect(await readFile(path, 'utf8')).toBe('Grace;2\nAda;1\n');
    expect(announced.at(-1)).toBe(path);
    await rm(directory, { recursive: true });
  });
});

describe('the entries of the library', () => {
  it('have a recipe whose code runs', async () => {
    const directory = 'test/piscina/reports';
    const sources = [
      `${directory}/write-report.js`,
      `${directory}/reports.controller.ts`,
      'test/piscina/recipe.spec.ts',
    ];
    await expect(expectCodeOf('worker-threads.md', ...sources)).resolves.toBeUndefined();
  });
});
