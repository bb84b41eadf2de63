import { effect, signal } from '@preact/signals';
import { stats } from './state.js';
import { counted } from './wording.js';

/** Milliseconds between two announcements. */
const PAUSE = 5_000;

const announced = signal('');
let timer: number | undefined;
let known: string | undefined;

/** What a screen reader is told, when it has nothing else to say: how many there are, and not each of them. */
export function Announced() {
  return (
    <p class="announced" role="status">
      {announced.value}
    </p>
  );
}

effect(() => {
  const text = wordsFor();
  // how it is at first is there to be read
  known ??= text;
  if (text === known || timer !== undefined) return;
  timer = setTimeout(() => {
    timer = undefined;
    known = wordsFor();
    announced.value = known ?? '';
  }, PAUSE);
});

function wordsFor(): string | undefined {
  const counts = stats.value;
  return counts && `${counted(counts.succeeded)} done, ${counted(counts.failed)} failed`;
}
