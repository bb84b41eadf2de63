import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
  Optional,
} from '@nestjs/common';
import type { Observable } from 'rxjs';
import { Application } from '../calls/application.js';
import { followedCall, type HandlerCall, rememberCall } from '../calls/handler-call.js';
import { applicationOfResolver } from '../graphql/operation.js';
import { answersWithin, followAnswers } from './follow.js';
import { transportOf } from './transports.js';

/**
 * Follows what becomes of a handler, for the batch of its request or message.
 *
 * Bound as a class, since applications share what is written down about handlers: each has an instance of its own, by
 * which it is known.
 */
@Injectable()
export class BackgroundTasksInterceptor implements NestInterceptor {
  readonly #application?: Application;

  /** Without an application it lets all pass: one that does not import the module may share handlers with one that does. */
  constructor(@Optional() @Inject(Application) application?: Application) {
    // tests have what is missing made up
    if (application instanceof Application) this.#application = application;
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const transport = transportOf(context);
    if (transport === undefined) return next.handle();
    const followed = followedCall(context);
    // an interceptor in between may have called back from elsewhere
    if (followed !== undefined) return answersOf(followed, next);
    const application = this.applicationOf(context);
    const call = application && transport.callFor(context, application);
    if (call === undefined) return next.handle();
    rememberCall(context, call);
    return followAnswers(call, answersOf(call, next));
  }

  protected applicationOf(_context: ExecutionContext): Application | undefined {
    return this.#application;
  }
}

/** For resolvers that some Nests give no interceptor of their application: by what their request or their class tells. */
class SharedInterceptor extends BackgroundTasksInterceptor {
  protected override applicationOf(context: ExecutionContext): Application | undefined {
    return applicationOfResolver(context);
  }
}

/** The only one there is: it knows nothing, so handlers of any application can share it. */
export const sharedInterceptor: NestInterceptor = new SharedInterceptor();

function answersOf(call: HandlerCall, next: CallHandler): Observable<unknown> {
  // the operators of interceptors inside, too
  return call.isAmbient
    ? answersWithin(
        call,
        call.within(() => next.handle()),
      )
    : next.handle();
}
