import { join } from 'node:path';

export const writeReport = join(__dirname, 'write-report.mjs');
