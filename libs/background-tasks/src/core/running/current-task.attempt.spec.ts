import { describe, expect, it } from '@jest/globals';
import { Attempt } from './current-task.js';

const attempt = (): Attempt => new Attempt('send', 2, 'failure', true, 503);

describe('an Attempt', () => {
  it('tells the task what it knows of it', () => {
    expect(attempt()).toMatchObject({ name: 'send', attempt: 2, outcome: 'failure', status: 503, aborted: true });
  });

  it('has one signal, which has not aborted', () => {
    const made = attempt();
    expect(made.signal).toBe(made.signal);
    expect(made.signal.aborted).toBe(false);
  });

  it('aborts its signal with the reason, whether somebody has asked for it or not', () => {
    const reason = new Error('enough');
    const [asked, unasked] = [attempt(), attempt()];
    const { signal } = asked;
    asked.abort(reason);
    unasked.abort(reason);
    expect(signal.reason).toBe(reason);
    expect(unasked.signal.reason).toBe(reason);
  });
});
