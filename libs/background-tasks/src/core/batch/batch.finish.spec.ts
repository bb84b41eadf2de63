import { beforeEach, describe, expect, it } from '@jest/globals';
import { RecordingRunner } from '../../../../../test/harness/fake-exchange.js';
import { Batch } from './batch.js';

describe('a batch that finishes', () => {
  let batch: Batch;
  let told: string[];

  beforeEach(() => {
    batch = new Batch(new RecordingRunner());
    told = [];
  });

  it('tells whoever waits for it, in order, and once', () => {
    batch.onceFinished(() => told.push('first'));
    batch.onceFinished(() => told.push('second'));
    expect(told).toEqual([]);
    batch.finish();
    batch.finish();
    expect(told).toEqual(['first', 'second']);
  });

  it('tells who waits for its next end when it finishes again', () => {
    const waitAgain = (): void => batch.onceFinished(() => told.push('again'));
    batch.onceFinished(waitAgain);
    batch.finish();
    expect(told).toEqual([]);
    batch.finish();
    expect(told).toEqual(['again']);
  });

  it('needs nobody who waits', () => {
    expect(() => batch.finish()).not.toThrow();
  });
});
