import type { Application } from '../calls/application.js';
import { applicationsOfHandlers } from '../calls/shared-handlers.js';
import type { HandlerClass } from '../nest/metadata.js';
import { HarmlessLogger } from '../reports/harmless-logger.js';

/**
 * Warns, as `application` starts, of those of `classes` that another application of the process has, too, and has not closed.
 *
 * To be given the classes whose interceptor Nest does not find: an HTTP request tells the application of their calls, and
 * nothing else does.
 */
export function warnOfSharedHandlers(classes: Iterable<HandlerClass>, application: Application): void {
  for (const handlers of classes) {
    const hasOthers = applicationsOfHandlers(handlers).some((each) => each !== application);
    if (hasOthers) new HarmlessLogger().warn(sharedWarning(handlers.prototype.constructor.name));
  }
}

function sharedWarning(name: string): string {
  return (
    `Cannot tell which application calls \`${name}\`: another one of this process has it, too, and this version of Nest ` +
    'does not tell them apart where it is provided under another token than its class. The tasks of what comes without ' +
    `an HTTP request, as through a WebSocket, go to this application. Provide it as \`${name}\`, or close the other one first.`
  );
}
