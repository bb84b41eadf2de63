import { Body, Controller, Post } from '@nestjs/common';
import { BackgroundTasks } from 'nestjs-background-tasks';
import { WorkerTask } from 'nestjs-background-tasks/piscina';

class Report {
  readonly path!: string;
  readonly rows!: Array<{ name: string; total: number }>;
}

/** The paths of the reports that were announced. */
export const announced: string[] = [];

function announce(path: string): void {
  announced.push(path);
}

const writeReport = new URL('./write-report.js', import.meta.url);

@Controller('reports')
export class ReportsController {
  @Post()
  create(@Body() { path, rows }: Report, tasks: BackgroundTasks) {
    tasks.addTask(new WorkerTask(writeReport, { path, rows }).with({ timeout: 60_000 }));
    tasks.addTask(announce, path);
    return { status: 'on its way' };
  }
}
