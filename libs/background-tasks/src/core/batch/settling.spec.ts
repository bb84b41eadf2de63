import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeAwaited, FakeHandler } from '../../../../../test/harness/fake-awaited.js';
import type { HandlerState, Settlement } from './outcome.js';
import { Settling } from './settling.js';

let told: Array<[Settlement, boolean]>;
let settling: Settling;
let response: FakeAwaited;

beforeEach(() => {
  told = [];
  settling = new Settling({ onSettlement: (settlement, isNew) => told.push([settlement, isNew]) });
  response = new FakeAwaited();
});

const success = { outcome: 'success', status: 200, aborted: false };
const failure = { outcome: 'failure', status: 200, aborted: false };

function running(): FakeHandler {
  return new FakeHandler();
}

function end(handler: FakeHandler, state: HandlerState): void {
  handler.end(state);
}

describe('Settling', () => {
  it('watches a response once, when it is wanted and there is one, in whichever order', () => {
    settling.setResponse(response);
    expect(response.watchers).toBe(0);
    settling.watchResponse();
    settling.watchResponse();
    expect(response.watchers).toBe(1);

    settling = new Settling({ onSettlement: () => undefined });
    const later = new FakeAwaited();
    settling.watchResponse();
    settling.setResponse(later);
    settling.setResponse(later);
    expect(later.watchers).toBe(1);
  });

  it('keeps the first response that it was told of', () => {
    settling.watchResponse();
    settling.setResponse(response);
    settling.setResponse(new FakeAwaited());
    response.statusCode = 500;
    response.end(false);
    expect(told).toEqual([[{ ...failure, status: 500 }, true]]);
  });

  it('has no settlement before it has settled', () => {
    settling.setResponse(response);
    settling.watchResponse();
    expect(settling.settlement).toBeUndefined();
    response.isEnded = true;
    response.end(true);
    expect(settling.settlement).toEqual({ outcome: 'success', status: 200, aborted: true });
  });

  it('streams while its response does and it has not settled', () => {
    expect(settling.isStreaming).toBe(false);
    settling.setResponse(response);
    settling.watchResponse();
    expect(settling.isStreaming).toBe(false);
    response.isStreaming = true;
    expect(settling.isStreaming).toBe(true);
    response.end(false);
    expect(settling.isStreaming).toBe(false);
  });
});

describe('Settling with handlers', () => {
  beforeEach(() => {
    settling.setResponse(response);
    settling.watchResponse();
  });

  it('waits for each that is at work, whichever ends last', () => {
    const [first, second] = [running(), running()];
    settling.waitFor(first);
    settling.follow(second);
    expect([...settling.atWork]).toEqual([first, second]);
    response.end(false);
    end(second, 'completed');
    expect([told, [...settling.atWork]]).toEqual([[], [first]]);
    end(first, 'errored');
    expect([told, [...settling.atWork]]).toEqual([[[success, true]], []]);
  });

  it('waits for the response after its handlers', () => {
    const handler = running();
    settling.follow(handler);
    end(handler, 'errored');
    expect(told).toEqual([]);
    response.end(false);
    expect(told).toEqual([[failure, true]]);
  });

  it('does not wait for one that has ended', () => {
    const handler = running();
    handler.end('errored');
    settling.follow(handler);
    expect([...settling.atWork]).toEqual([]);
    response.end(false);
    expect(told).toEqual([[failure, true]]);
  });

  it('is undone by a late one, and says whether what came of it is new', () => {
    response.end(false);
    for (const state of ['completed', 'errored', 'errored'] as const) {
      const late = running();
      settling.follow(late);
      expect(settling.settlement).toBeUndefined();
      end(late, state);
    }
    expect(told).toEqual([
      [success, true],
      [success, false],
      [failure, true],
      [failure, false],
    ]);
  });

  it.each([
    [['completed', 'completed'], 500, 'success'],
    [['errored', 'errored'], 200, 'failure'],
    [['errored', 'completed', 'errored'], 200, 'success'],
    [['completed', 'errored', 'completed'], 500, 'failure'],
  ] as const)('takes what all of several share, else the status: %j, %d', (states, status, outcome) => {
    const handlers = states.map(() => running());
    for (const handler of handlers) settling.waitFor(handler);
    handlers.forEach((handler, index) => end(handler, states[index] ?? 'unseen'));
    response.statusCode = status;
    response.end(false);
    expect(settling.settlement?.outcome).toBe(outcome);
    expect(handlers.map((handler) => settling.outcomeFor(handler))).toEqual(
      states.map((state) => (state === 'completed' ? 'success' : 'failure')),
    );
  });
});
