import { existsSync, readFileSync } from 'node:fs';
import { cpus, release, type } from 'node:os';
import type { Machine } from './results.js';

export function thisMachine(): Machine {
  const processors = cpus();
  return {
    processor: processors[0]?.model.trim() ?? 'an unknown processor',
    cores: processors.length,
    system: `${distribution()}${type()} ${release().split('-')[0]}`,
  };
}

function distribution(): string {
  const file = '/etc/os-release';
  const name = existsSync(file) ? /^PRETTY_NAME="(.*)"$/m.exec(readFileSync(file, 'utf8'))?.[1] : undefined;
  return name === undefined ? '' : `${name}, `;
}
