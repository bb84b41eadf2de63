import { beforeEach, describe, expect, it } from '@jest/globals';
import { expectSame } from '../../../../../test/harness/expect-same.js';
import { contextOf } from '../../../../../test/harness/fake-context.js';
import { RecordingRunner } from '../../../../../test/harness/fake-exchange.js';
import { type Application, serveHandlers } from '../calls/application.js';
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
  serveHandlers(Gateway, application);
});

const callFor = (handlers: object) => messageTransport.callFor(contextOf('ws', ['socket', 'data'], handlers));
const tasksFor = (handlers: object) => messageTransport.tasksFor(contextOf('ws', ['socket', 'data'], handlers));

describe('the transport of messages', () => {
  it('has handlers find their call by async context, and nothing to inject for what Nest calls the request', () => {
    expect(messageTransport.isAmbient).toBe(true);
    expect('tasksOfRequest' in messageTransport).toBe(false);
  });

  it('makes a call of its own for each message, of the application that has the class of the handler', () => {
    const [one, other] = [callFor(Gateway), callFor(Gateway)];
    expect([one, other]).toEqual([expect.any(OwnCall), expect.any(OwnCall)]);
    expect(one?.batch).not.toBe(other?.batch);
    one?.newTasks().addTask(send);
    expectSame(
      runner.accepted.map((entry) => entry.batch),
      one?.batch,
    );
  });

  it('makes none for a class that no application has', () => {
    expect(callFor(NobodysGateway)).toBeUndefined();
  });

  it('gives a parameter the tasks of the current call, with options of their own', () => {
    const call = new OwnCall(application);
    call.within(() => {
      const [one, other] = [tasksFor(Gateway), tasksFor(Gateway)];
      const task = one?.with({ runOn: 'always' }).addTask(send);
      expectSame(call.batch, task);
      expect(other && task && groupOf(other).optionsFor(task, defaults).runOn).toBe('success');
    });
  });

  it('gives it none where no call is current, or another application is', () => {
    expect(tasksFor(Gateway)).toBeUndefined();
    new OwnCall(application).within(() => expect(tasksFor(NobodysGateway)).toBeUndefined());
    new OwnCall(new RecordingRunner().application).within(() => expect(tasksFor(Gateway)).toBeUndefined());
  });
});
