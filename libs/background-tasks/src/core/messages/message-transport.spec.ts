import { beforeEach, describe, expect, it } from '@jest/globals';
import { expectSame } from '../../../../../test/harness/expect-same.js';
import { contextOf } from '../../../../../test/harness/fake-context.js';
import { RecordingRunner } from '../../../../../test/harness/fake-exchange.js';
import type { Application } from '../calls/application.js';
import { OwnCall } from '../calls/own-call.js';
import { DEFAULT_OPTIONS } from '../options/background-tasks.options.js';
import { groupOf } from '../tasks/background-tasks.js';
import { messageTransport } from './message-transport.js';

const { defaults } = DEFAULT_OPTIONS;

function send(): void {}

class Gateway {}
class NobodysGateway {}

let runner: RecordingRunner;
let application: Application;

beforeEach(() => {
  runner = new RecordingRunner();
  ({ application } = runner);
});

const callFor = (handlers: object) =>
  messageTransport.callFor(contextOf('ws', ['socket', 'data'], handlers), application);
const tasksFor = (handlers: object) => messageTransport.tasksFor(contextOf('ws', ['socket', 'data'], handlers));

function callOfGateway(): OwnCall {
  const call = new OwnCall(application);
  call.handler = { getClass: () => Gateway, getHandler: () => Gateway };
  return call;
}

describe('the transport of messages', () => {
  it('has nothing to inject for what Nest calls the request', () => {
    expect('tasksOfRequest' in messageTransport).toBe(false);
  });

  it('makes a call of its own for each message, of the application that follows it', () => {
    const [one, other] = [callFor(Gateway), callFor(Gateway)];
    expect([one, other]).toEqual([expect.any(OwnCall), expect.any(OwnCall)]);
    expect(one?.batch).not.toBe(other?.batch);
    one?.newTasks().addTask(send);
    expectSame(
      runner.accepted.map((entry) => entry.batch),
      one?.batch,
    );
  });

  it('gives a parameter the tasks of the current call, with options of their own', () => {
    const call = callOfGateway();
    call.within(() => {
      const [one, other] = [tasksFor(Gateway), tasksFor(Gateway)];
      const task = one?.with({ runOn: 'always' }).addTask(send);
      expectSame(call.batch, task);
      expect(other && task && groupOf(other).optionsFor(task, defaults).runOn).toBe('success');
    });
  });

  it('gives it none where no call of its class is current', () => {
    expect(tasksFor(Gateway)).toBeUndefined();
    callOfGateway().within(() => expect(tasksFor(NobodysGateway)).toBeUndefined());
    new OwnCall(application).within(() => expect(tasksFor(Gateway)).toBeUndefined());
  });
});
