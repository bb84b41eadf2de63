import type { AttemptView, BatchView, TaskView } from '../src/inspector/view.js';
import { Chart } from './bars.js';
import { type Bar, responseBars, type Scale, taskBars } from './chart.js';
import { traceUrl } from './connection.js';
import { ran, startOf, waited } from './times.js';
import { counted, dashedIn, duration, resultOf, sentenceOf } from './wording.js';

interface Props {
  readonly batch: BatchView;
  readonly scale: Scale;
}

/** All that is known of a batch. */
export function Details({ batch, scale, id }: Props & { readonly id: string }) {
  return (
    <div class="details" id={id}>
      <p class="sentence">
        {sentenceOf(batch, scale.to).map((part) => (typeof part === 'string' ? part : <strong>{part.strong}</strong>))}
      </p>
      <Steps batch={batch} scale={scale} />
      {batch.more > 0 ? <p class="more">{counted(batch.more)} more tasks are not shown.</p> : null}
      {batch.tasks.flatMap((task) => task.attempts.map((attempt, index) => <Thrown {...{ task, attempt, index }} />))}
      <p class="actions">
        <a href={traceUrl(batch.id)} download>
          Download trace
        </a>{' '}
        for Perfetto or chrome://tracing
      </p>
    </div>
  );
}

/** The chart as a table: each fact of the chart is a text in it. */
function Steps({ batch, scale }: Props) {
  const whole = duration(scale.to - scale.from);
  return (
    <div class="steps" role="table" aria-label={`Steps of ${batch.source?.name ?? 'the batch'}`}>
      <div class="step head" role="row">
        <span role="columnheader">What</span>
        <span role="columnheader" class="number">
          Waited
        </span>
        <span role="columnheader" class="number">
          Ran
        </span>
        <span role="columnheader" class="when">
          0 … {whole}
          {scale.sent === undefined ? '' : `; dashed: ${dashedIn(batch)}`}
        </span>
        <span role="columnheader">Result</span>
      </div>
      <HandlerStep batch={batch} scale={scale} />
      {batch.tasks.map((task) => (
        <TaskSteps batch={batch} scale={scale} task={task} />
      ))}
    </div>
  );
}

interface StepProps {
  readonly what: string;
  readonly note?: string | undefined;
  readonly waited?: number | undefined;
  readonly ran?: number | undefined;
  readonly bars: readonly Bar[];
  readonly sent: number | undefined;
  readonly result: string;
  readonly kind: string;
}

function Step({ what, note, waited: waiting, ran: running, bars, sent, result, kind }: StepProps) {
  return (
    <div class={`step ${kind}`} role="row">
      <span role="rowheader" class="what">
        {what}
        {note === undefined ? null : <span class="note"> {note}</span>}
      </span>
      <span role="cell" class="number" data-label="waited">
        {waiting === undefined ? '' : duration(waiting)}
      </span>
      <span role="cell" class="number ran" data-label="ran">
        {running === undefined ? '' : duration(running)}
      </span>
      <span role="cell" class="when">
        <Chart bars={bars} sent={sent} />
      </span>
      <span role="cell" class="result">
        {result}
      </span>
    </div>
  );
}

function HandlerStep({ batch, scale }: Props) {
  const { handlerEndedAt, outcome, source, startedAt } = batch;
  if (startedAt === undefined) return null;
  const result = outcome === undefined ? '▶ runs' : outcome === 'success' ? '✓ success' : '✕ failure';
  return (
    <Step
      what={source?.handler ?? 'Handler'}
      note={source?.handler === undefined ? undefined : 'handler'}
      ran={handlerEndedAt === undefined ? undefined : handlerEndedAt - startOf(batch)}
      bars={responseBars(batch, scale)}
      sent={scale.sent}
      result={result}
      kind={outcome === undefined ? 'running' : outcome === 'success' ? 'done' : 'failed'}
    />
  );
}

/** A task, and, where there were several, each of its attempts. */
function TaskSteps({ batch, scale, task }: Props & { readonly task: TaskView }) {
  const { attempts, earlier = 0 } = task;
  const hasSeveral = attempts.length + earlier > 1;
  const tint = responseBars(batch, scale).filter(({ kind }) => kind === 'response');
  return (
    <>
      <Step
        what={task.name}
        note={hasSeveral ? `${attempts.length + earlier} attempts` : undefined}
        waited={waited(task, batch)}
        ran={ran(task, scale.to)}
        bars={[...tint, ...taskBars(task, batch, scale)]}
        sent={scale.sent}
        result={resultOf(task)}
        kind={task.state}
      />
      {hasSeveral ? attempts.map((_, index) => <AttemptStep {...{ batch, scale, task, index, tint }} />) : null}
    </>
  );
}

interface AttemptProps extends Props {
  readonly task: TaskView;
  readonly index: number;
  readonly tint: readonly Bar[];
}

function AttemptStep({ scale, task, index, batch, tint }: AttemptProps) {
  const attempt = task.attempts[index] as AttemptView;
  const before = task.attempts[index - 1];
  const one: TaskView = { ...task, attempts: [attempt], state: stateOf(attempt) };
  return (
    <Step
      what={`attempt ${(task.earlier ?? 0) + index + 1}`}
      waited={before?.endedAt === undefined ? undefined : attempt.startedAt - before.endedAt}
      ran={ran(one, scale.to)}
      bars={[...tint, ...taskBars({ ...one, addedAt: before?.endedAt ?? attempt.startedAt }, batch, scale)]}
      sent={scale.sent}
      result={resultOf({ state: one.state })}
      kind={`attempt ${one.state}`}
    />
  );
}

function stateOf({ endedAt, error }: AttemptView): TaskView['state'] {
  if (error !== undefined) return 'failed';
  return endedAt === undefined ? 'running' : 'done';
}

/** What an attempt threw. */
function Thrown({
  task,
  attempt,
  index,
}: {
  readonly task: TaskView;
  readonly attempt: AttemptView;
  readonly index: number;
}) {
  const { error } = attempt;
  if (error === undefined) return null;
  const number = task.attempts.length > 1 ? `, attempt ${(task.earlier ?? 0) + index + 1}` : '';
  return (
    <figure class="thrown">
      <figcaption>
        {task.name}
        {number}
      </figcaption>
      <pre>{error.stack ?? error.message}</pre>
    </figure>
  );
}
