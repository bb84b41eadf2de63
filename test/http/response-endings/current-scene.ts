import { Scene } from '../../harness/scene.js';
import { Timeline } from '../../harness/timeline.js';

let current = new Scene(new Timeline());

/** The scene of the test at hand: of the application that was started last. */
export const scene = (): Scene => current;

export function startScene(): Scene {
  current = new Scene(new Timeline());
  return current;
}
