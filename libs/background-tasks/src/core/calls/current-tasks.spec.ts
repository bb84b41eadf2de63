import { beforeEach, describe, expect, it } from '@jest/globals';
import { expectSame } from '../../../../../test/harness/expect-same.js';
import { RecordingRunner } from '../../../../../test/harness/fake-exchange.js';
import { NoActiveRequestError } from '../errors/background-tasks.errors.js';
import type { BackgroundTasks } from '../tasks/background-tasks.js';
import { groupOf } from '../tasks/background-tasks.js';
import type { Application } from './application.js';
import { currentTasks } from './current-tasks.js';
import { OwnCall } from './own-call.js';

function send(): void {}

let application: Application;
let tasks: BackgroundTasks;

beforeEach(() => {
  ({ application } = new RecordingRunner());
  tasks = currentTasks(application);
});

describe('the current tasks', () => {
  it('are those of what is served where they are used', () => {
    const [one, other] = [new OwnCall(application), new OwnCall(application)];
    const ofOne = one.within(() => tasks.addTask(send));
    const ofOther = other.within(() => tasks.addTask(send));
    expectSame(one.batch, ofOne);
    expectSame(other.batch, ofOther);
    expectSame(
      one.within(() => [...tasks]),
      ofOne,
    );
  });

  it('share their options with whoever finds the same', () => {
    const call = new OwnCall(application);
    call.within(() => {
      expect(groupOf(tasks)).toBe(call.group);
      expect(groupOf(currentTasks(application, {}))).toBe(call.group);
    });
  });

  it('are none where nothing is served', () => {
    expect([...tasks]).toEqual([]);
    expect(tasks.size).toBe(0);
  });

  it('take no task where nothing is served, and say why', () => {
    expect(() => tasks.addTask(send)).toThrow(NoActiveRequestError);
    expect(() => tasks.addTask(send)).toThrow(new NoActiveRequestError('send', 'there is no HTTP request here'));
  });

  it.each<[unknown, string]>([
    [{ tenant: 'ada' }, "`{ tenant: 'ada' }` (object)"],
    [null, '`null` (null)'],
  ])('say for what they were injected: %j', (request, description) => {
    expect(() => currentTasks(application, request).addTask(send)).toThrow(
      new NoActiveRequestError(
        'send',
        `what Nest injects as REQUEST here is no HTTP request but ${description}, ` +
          'as in a durable provider tree, before a message has reached its handler, or in a GraphQL field of a message ' +
          'that is not followed',
      ),
    );
  });
});
