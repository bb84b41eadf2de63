import type { BatchView } from '../src/inspector/view.js';
import { Chart } from './bars.js';
import { lineBars, scaleOf } from './chart.js';
import { Details } from './details.js';
import { now, toggle } from './state.js';
import { isGrowing, startOf } from './times.js';
import { answered, summaryOf, timeOfDay } from './wording.js';

interface Props {
  readonly batch: BatchView;
  readonly isOpen: boolean;
  /** What tells it from the same batch in another list. */
  readonly id: string;
}

/**
 * A batch in one line, and, opened, all that is known of it.
 *
 * Signals draw it again when its properties are others, or what it has read is: lines of which nothing has changed are not
 * looked at.
 */
export function Batch({ batch, isOpen, id }: Props) {
  // read by those alone that grow, so that the clock draws no others
  const scale = scaleOf(batch, isGrowing(batch) ? now.value : 0);
  const { kind, mark, text } = summaryOf(batch);
  const details = `details of ${id}`.replaceAll(' ', '-');
  return (
    <li class="batch">
      <h3>
        <button
          class="line"
          type="button"
          aria-expanded={isOpen}
          aria-controls={isOpen ? details : undefined}
          onClick={() => toggle(id)}
        >
          <time class="time" dateTime={new Date(startOf(batch)).toISOString()}>
            {timeOfDay(startOf(batch))}
          </time>
          <span class="route">{batch.source?.name ?? 'from another process'}</span>
          <span class="answered">{answered(batch)}</span>
          <Chart bars={lineBars(batch, scale)} sent={scale.sent} />
          <span class={`summary ${kind}`}>
            <span aria-hidden="true">{mark} </span>
            {text}
          </span>
        </button>
      </h3>
      {isOpen ? <Details batch={batch} scale={scale} id={details} /> : null}
    </li>
  );
}
