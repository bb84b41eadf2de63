import { checkObject } from '../core/options/option-checks.js';
import { wrongValue } from '../core/errors/wording.js';
import { checkKnown } from '../core/tasks/task-options.js';

/** What `OpenTelemetryInterceptor.with()` takes. */
export interface OpenTelemetryOptions {
  /**
   * How the span of an attempt belongs to the span in which its task was added: as its child, which is also linked to it, or
   * by a link alone, in a trace of its own.
   *
   * @default 'child'
   */
  relation?: 'child' | 'link';
}

/** @throws TypeError for what is wrong with `options`, by its name. */
export function resolveOpenTelemetryOptions(options: OpenTelemetryOptions): Required<OpenTelemetryOptions> {
  checkObject(options);
  checkKnown('options', options, ['relation']);
  const { relation = 'child' } = options;
  if (relation !== 'child' && relation !== 'link') throw wrongValue('relation', '`child` or `link`', relation);
  return { relation };
}
