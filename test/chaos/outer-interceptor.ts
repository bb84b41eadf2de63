import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { catchError, defer, from, last, map, mergeMap, type Observable, of, retry, tap } from 'rxjs';
import type { Reply } from '../harness/application.js';
import { visitOf } from './around-handlers.js';
import { type Ending, RETRIES } from './plan.js';
import type { Stage } from './stage.js';
import { turns } from './turns.js';
import type { Visit } from './visit.js';

/** Stands outside of the library's interceptor: what it makes of an answer the library hears of from the response only. */
export class OuterInterceptor implements NestInterceptor {
  constructor(private readonly stage: Stage) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    const visit = visitOf(this.stage, http.getRequest());
    const ways = { response: http.getResponse<Reply>() };
    await visit.dawdleAt('outer interceptor');
    visit.addAt('outer interceptor', ways);
    const change = CHANGES[visit.plan.ending];
    // an SSE stream goes on: there is no later moment at which an answer could be added to
    const answers = next.handle().pipe(tap({ complete: () => visit.addAt('outer interceptor, after', ways) }));
    return change === undefined ? answers : change(answers, visit);
  }
}

type Change = (answers: Observable<unknown>, visit: Visit) => Observable<unknown>;

const CHANGES: { readonly [E in Ending]?: Change } = {
  'outer-rescues': (answers) => answers.pipe(catchError(() => of('fine'))),
  'outer-throws': (answers, { stage, plan }) =>
    answers.pipe(
      last(),
      mergeMap(async () => {
        await stage.track(turns(plan.turns));
        throw new Error('outer interceptor');
      }),
    ),
  'outer-spoils': (answers) =>
    answers.pipe(
      map(() => {
        throw new Error('outer interceptor');
      }),
    ),
  'outer-denies': (_, { stage, plan }) =>
    defer(async () => {
      await stage.track(turns(plan.turns));
      throw new Error('outer interceptor');
    }),
  retried: retrying,
  'retried-in-vain': retrying,
};

/** At once, or some turns later. */
function retrying(answers: Observable<unknown>, { stage, plan }: Visit): Observable<unknown> {
  const isAtOnce = plan.turns % 2 === 0;
  const delay = (): Observable<void> => from(stage.track(turns(plan.turns)));
  return answers.pipe(retry(isAtOnce ? { count: RETRIES } : { count: RETRIES, delay }));
}
