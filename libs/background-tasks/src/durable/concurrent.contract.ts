import { it } from '@jest/globals';
import { type OpenStore, Scene } from './scene.contract.js';

type Declare<T> = (promise: string, expectations: (prepared: T) => Promise<void>, timeout?: number) => void;

/**
 * Declares the tests of one part of the contract: each has a scene of its own, in which `prepare` comes first.
 *
 * Several go on at a time, also those of different parts: they wait for an engine, and hardly work.
 */
export function concurrently<T>(part: string, open: OpenStore, prepare: (scene: Scene) => Promise<T>): Declare<T> {
  return (promise, expectations, timeout) => {
    it.concurrent(
      `${part} ${promise}`,
      async () => {
        const scene = await Scene.open(open);
        try {
          await expectations(await prepare(scene));
        } finally {
          await scene.close();
        }
      },
      timeout,
    );
  };
}
