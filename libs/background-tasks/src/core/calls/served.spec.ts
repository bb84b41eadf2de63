import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { expectSame } from '../../../../../test/harness/expect-same.js';
import { FakeCall } from '../../../../../test/harness/fake-call.js';
import { RecordingRunner } from '../../../../../test/harness/fake-exchange.js';
import type { Batch } from '../batch/batch.js';
import { DEFAULT_OPTIONS } from '../options/background-tasks.options.js';
import { groupOf, tasksFrom } from '../tasks/background-tasks.js';
import { CurrentCall } from './current-call.js';
import { Served, tasksOn, type WhoAdds } from './served.js';

const { defaults } = DEFAULT_OPTIONS;

function send(): void {}

/** Something that is served, whose batch is made at the first look. */
class Serving extends Served {
  looks = 0;

  constructor(
    readonly only: Batch,
    whoAdds: WhoAdds,
  ) {
    super(whoAdds);
  }

  get batch(): Batch {
    this.looks++;
    return this.only;
  }

  get existingBatch(): undefined {
    return undefined;
  }
}

let runner: RecordingRunner;
let batch: Batch;
let adder: FakeCall;
let whoAdds: CurrentCall;
let callOn: jest.SpiedFunction<CurrentCall['callOn']>;
let served: Serving;

beforeEach(() => {
  runner = new RecordingRunner();
  batch = runner.application.newBatch();
  adder = new FakeCall(batch);
  whoAdds = new CurrentCall();
  callOn = jest.spyOn(whoAdds, 'callOn').mockReturnValue(adder);
  served = new Serving(batch, whoAdds);
});

describe('what is served', () => {
  it('asks for no batch before somebody asks for its tasks', () => {
    expect(served.looks).toBe(0);
  });

  it('has one group, with which the tasks of whoever finds it are added', () => {
    const { group } = served;
    expect(served.group).toBe(group);
    expect(served.looks).toBe(1);
    const added = [tasksFrom(served), tasksFrom(served)].map((tasks) => tasks.addTask(send));
    expectSame(
      runner.accepted.flatMap((entry) => [entry.task, entry.group]),
      ...added.flatMap((task) => [task, group]),
    );
    expectSame(batch, ...added);
  });

  it('hands out tasks with options of their own', () => {
    const [one, other] = [served.newTasks(), served.newTasks()];
    const task = one.with({ runOn: 'always' }).addTask(send);
    expect(groupOf(one).optionsFor(task, defaults).runOn).toBe('always');
    for (const group of [groupOf(other), served.group]) expect(group.optionsFor(task, defaults).runOn).toBe('success');
    expectSame(other, task);
  });
});

describe('tasks on a batch', () => {
  it('tell it which call adds each of them', () => {
    const tasks = tasksOn(batch, whoAdds);
    tasks.addTask(send);
    callOn.mockReturnValue(undefined);
    tasks.addTask(send);
    expectSame(callOn.mock.calls.flat(), batch, batch);
    expectSame(
      runner.accepted.map(({ call }) => call),
      adder,
      undefined,
    );
  });

  it.each<[string, () => unknown]>([
    ['found on what is served', () => tasksFrom(served).addTask(send)],
    ['handed out by what is served', () => served.newTasks().addTask(send)],
  ])('do so when %s', (_, add) => {
    add();
    expectSame(
      runner.accepted.map((entry) => entry.call),
      adder,
    );
  });
});
