import type { StatsView } from '../src/inspector/view.js';
import { connect } from './connection.js';
import { SHOWN, type Shown } from './selection.js';
import { choice, choose, type Connection, connection, stats } from './state.js';
import { counted } from './wording.js';

/** What can be said in one line, and what can be chosen. */
export function Head() {
  return (
    <header>
      <div class="facts">
        <h1>Background tasks</h1>
        <State />
        <Numbers />
      </div>
      <Choices />
    </header>
  );
}

const STATES: Readonly<Record<Connection, string>> = {
  connecting: 'Connecting',
  live: 'Live',
  reconnecting: 'Reconnecting',
  paused: 'Paused',
  crowded: 'Not live: ten others are looking',
  refused: 'No longer allowed to look: reload the page',
};

function State() {
  const isDraining = stats.value?.draining === true && connection.value === 'live';
  return (
    <p class={`state ${connection.value}`}>
      <span aria-hidden="true">● </span>
      {isDraining ? 'Shutting down' : STATES[connection.value]}
    </p>
  );
}

const NUMBERS: ReadonlyArray<readonly [name: keyof StatsView, word: string, isAlwaysShown: boolean]> = [
  ['pending', 'waiting', true],
  ['running', 'running', true],
  ['succeeded', 'done', true],
  ['failed', 'failed', true],
  ['skipped', 'skipped', true],
  ['stored', 'handed over', false],
  ['refused', 'refused', false],
];

function Numbers() {
  const counts = stats.value;
  if (counts === undefined) return null;
  const shown = NUMBERS.filter(([name, , isAlwaysShown]) => isAlwaysShown || counts[name] !== 0);
  return (
    <ul class="numbers" aria-label="Tasks since the application started">
      {shown.map(([name, word]) => (
        <li class={isBad(name) && counts[name] !== 0 ? 'bad' : ''}>
          <strong>{counted(Number(counts[name]))}</strong> {word}
        </li>
      ))}
    </ul>
  );
}

function isBad(name: keyof StatsView): boolean {
  return name === 'failed' || name === 'refused';
}

function Choices() {
  const { find, show, isPaused } = choice.value;
  return (
    <div class="choices" role="search">
      <label>
        Find{' '}
        <input
          type="search"
          value={find}
          placeholder="task or route"
          onInput={({ currentTarget }) => choose({ find: currentTarget.value })}
        />
      </label>
      <label>
        Show{' '}
        <select value={show} onChange={({ currentTarget }) => choose({ show: currentTarget.value as Shown })}>
          {SHOWN.map((each) => (
            <option value={each}>{each}</option>
          ))}
        </select>
      </label>
      <button type="button" aria-pressed={isPaused} onClick={pause}>
        Pause
      </button>
    </div>
  );
}

function pause(): void {
  choose({ isPaused: !choice.value.isPaused });
  connect();
}
