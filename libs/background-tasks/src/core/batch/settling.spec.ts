import { beforeEach, describe, expect, it } from '@jest/globals';
import { type AwaitedResponse, decideOutcome, type HandlerState, type Handling } from './outcome.js';
import { type Settlement, Settling } from './settling.js';

/** A response that a test ends; watched or not. */
class FakeAwaited implements AwaitedResponse {
  isStreaming = false;
  statusCode = 200;
  watchers = 0;
  end!: (aborted: boolean) => void;

  onceOver(callback: (aborted: boolean) => void): void {
    this.watchers++;
    this.end = callback;
  }

  outcomeAfter(handler: HandlerState, aborted: boolean): ReturnType<AwaitedResponse['outcomeAfter']> {
    return decideOutcome(handler, { headersSent: false, statusCode: this.statusCode }, aborted);
  }
}

interface Handler extends Handling {
  state: HandlerState;
}

let told: Array<[Settlement, boolean]>;
let settling: Settling<Handler>;
let response: FakeAwaited;

beforeEach(() => {
  told = [];
  settling = new Settling((settlement, isNew) => told.push([settlement, isNew]));
  response = new FakeAwaited();
});

const success = { outcome: 'success', aborted: false };
const failure = { outcome: 'failure', aborted: false };

function running(): Handler {
  return { state: 'running' };
}

function end(handler: Handler, state: HandlerState): void {
  handler.state = state;
  settling.handlerEnded(handler);
}

describe('Settling', () => {
  it('watches a response once, when it is wanted and there is one, in whichever order', () => {
    settling.answeredBy(response);
    expect(response.watchers).toBe(0);
    settling.want();
    settling.want();
    expect(response.watchers).toBe(1);

    settling = new Settling(() => undefined);
    const later = new FakeAwaited();
    settling.want();
    settling.answeredBy(later);
    settling.answeredBy(later);
    expect(later.watchers).toBe(1);
  });

  it('keeps the first response that it was told of', () => {
    settling.want();
    settling.answeredBy(response);
    settling.answeredBy(new FakeAwaited());
    response.statusCode = 500;
    response.end(false);
    expect(told).toEqual([[failure, true]]);
  });

  it('has no settlement before it has settled', () => {
    settling.answeredBy(response);
    settling.want();
    expect(settling.settlement).toBeUndefined();
    response.end(true);
    expect(settling.settlement).toEqual({ outcome: 'success', aborted: true });
  });

  it('streams while its response does and it has not settled', () => {
    expect(settling.isStreaming).toBe(false);
    settling.answeredBy(response);
    settling.want();
    expect(settling.isStreaming).toBe(false);
    response.isStreaming = true;
    expect(settling.isStreaming).toBe(true);
    response.end(false);
    expect(settling.isStreaming).toBe(false);
  });
});

describe('Settling with handlers', () => {
  beforeEach(() => {
    settling.answeredBy(response);
    settling.want();
  });

  it('waits for each that is at work, whichever ends last', () => {
    const [first, second] = [running(), running()];
    settling.sharedBy(first);
    settling.handledBy(second);
    expect([...settling.handlersAtWork]).toEqual([first, second]);
    response.end(false);
    end(second, 'completed');
    expect([told, [...settling.handlersAtWork]]).toEqual([[], [first]]);
    end(first, 'errored');
    expect([told, [...settling.handlersAtWork]]).toEqual([[[success, true]], []]);
  });

  it('waits for the response after its handlers', () => {
    const handler = running();
    settling.handledBy(handler);
    end(handler, 'errored');
    expect(told).toEqual([]);
    response.end(false);
    expect(told).toEqual([[failure, true]]);
  });

  it('does not wait for one that has ended', () => {
    settling.handledBy({ state: 'errored' });
    expect([...settling.handlersAtWork]).toEqual([]);
    response.end(false);
    expect(told).toEqual([[failure, true]]);
  });

  it('is undone by a late one, and says whether what came of it is new', () => {
    response.end(false);
    for (const state of ['completed', 'errored', 'errored'] as const) {
      const late = running();
      settling.handledBy(late);
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
    for (const handler of handlers) settling.sharedBy(handler);
    handlers.forEach((handler, index) => end(handler, states[index] ?? 'unseen'));
    response.statusCode = status;
    response.end(false);
    expect(settling.outcomeFor(undefined)).toBe(outcome);
    expect(handlers.map((handler) => settling.outcomeFor(handler))).toEqual(
      states.map((state) => (state === 'completed' ? 'success' : 'failure')),
    );
  });
});
