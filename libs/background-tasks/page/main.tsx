import { effect } from '@preact/signals';
import { render } from 'preact';
import './page.css';
import { Announced } from './announced.js';
import { connect } from './connection.js';
import { Head } from './head.js';
import { Lists } from './lists.js';
import { failed, isAnythingGrowing, tick } from './state.js';

/** Milliseconds between two drawings of what grows. */
const TICK = matchMedia('(prefers-reduced-motion: reduce)').matches ? 2_000 : 200;

render(
  <>
    <Head />
    <Lists />
    <Announced />
  </>,
  document.body,
);

effect(() => {
  const count = failed.value.length;
  document.title = count > 0 ? `(${count} failed) Background tasks` : 'Background tasks';
});

let clock: number | undefined;

/** Nothing is drawn for a tab that nobody sees, nor where nothing grows. */
function runClock(): void {
  clearInterval(clock);
  clock = isAnythingGrowing.value && !document.hidden ? setInterval(tick, TICK) : undefined;
}

effect(runClock);
document.addEventListener('visibilitychange', () => {
  connect();
  runClock();
});
connect();
