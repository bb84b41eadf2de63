import { describe, expect, it } from '@jest/globals';
import { expectSame } from '../../../../../test/harness/expect-same.js';
import { Application } from './application.js';
import { applicationsOfHandlers, serveHandlers } from './shared-handlers.js';

describe('the applications of handlers', () => {
  it('are none before it is said', () => {
    expect(applicationsOfHandlers(class {})).toEqual([]);
  });

  it('are those that share a class, the last one first, and not those of a class which inherits from it', () => {
    class Base {}
    class Inheriting extends Base {}
    const [first, second] = [new Application(), new Application()];
    for (const each of [first, second, first]) serveHandlers(Base, each);
    expectSame(applicationsOfHandlers(Base), first, second);
    expect(applicationsOfHandlers(Inheriting)).toEqual([]);
  });

  it('are those that are open', () => {
    class Handlers {}
    const [first, second] = [new Application(), new Application()];
    for (const each of [first, second]) serveHandlers(Handlers, each);
    second.close();
    expectSame(applicationsOfHandlers(Handlers), first);
  });
});
