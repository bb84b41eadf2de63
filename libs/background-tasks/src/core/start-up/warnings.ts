import type { ModulesContainer } from '@nestjs/core';
import { TWO_COPIES } from '../errors/other-copies.js';
import { classesOf } from '../nest/handler-classes.js';
import { HarmlessLogger } from '../reports/harmless-logger.js';
import { type LostParameter, lostParametersIn } from './lost-parameters.js';
import { hasModuleOfOtherCopy } from './other-copies-module.js';

/** Warns, in one line, of all that will probably lose tasks, and that nobody can be sure of. */
export function warnOfLosses(modules: ModulesContainer): void {
  const lost = lostParametersIn(classesOf(modules));
  const sentences = [
    ...untyped(lost.filter(({ caller }) => caller === undefined)),
    ...uncalled(lost.filter(({ caller }) => caller !== undefined)),
    ...(hasModuleOfOtherCopy(modules) ? [`${TWO_COPIES} BackgroundTasksModule is imported from more than one.`] : []),
  ];
  if (sentences.length > 0) new HarmlessLogger().warn(sentences.join(' '));
}

function untyped(parameters: readonly LostParameter[]): string[] {
  if (parameters.length === 0) return [];
  const names = parameters.map(({ name }) => name).join(', ');
  return [
    `Nest will pass nothing for ${names}: there is no decorator, and no type was compiled in. If BackgroundTasks are ` +
      'meant, write `@Tasks()` before it: `import type`, an alias, and compilers like esbuild leave no type.',
  ];
}

function uncalled(parameters: readonly LostParameter[]): string[] {
  if (parameters.length === 0) return [];
  const names = parameters.map(({ name, caller }) => `${name} (${caller})`).join(', ');
  return [
    `Nobody passes BackgroundTasks for ${names}: no request calls it. Inject BackgroundTasksRunner, and add them within ` +
      '`runner.scope((tasks) => …)`.',
  ];
}
