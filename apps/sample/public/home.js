// what the page at `/` does: sends a request, and shows what its response, and the tasks after it, took

/** Where each task was added: the line of code that did it. */
const LINES = {
  'POST /signup': [
    "tasks.addTask(this.mailer, 'sendWelcome', dto.email);",
    "tasks.addTask(this.auditLog, 'record', 'welcomed', dto.email);",
  ],
  'POST /reports/failing': [
    "this.tasks.addTask(this.auditLog, 'record', 'ordered a report', email);",
    "this.tasks.addTask(this.archive, 'store', report);",
    "this.tasks.addTask(this.mailer, 'sendReportLink', email, report);",
  ],
  'POST /exports': ["tasks.addTask(this.mailer, 'sendExport', email);"],
};

/** Milliseconds after which whoever hangs up is gone. */
const PATIENCE = 100;

const STATES = {
  waiting: '… waits',
  running: '▶ runs',
  retrying: '… is tried again',
  stored: '✓ stored for a worker',
};

const REASONS = {
  failure: 'a task before it failed',
  outcome: 'it is for another outcome',
  shutdown: 'the process ended',
};

const [sentence, told, bar, list] = ['sentence', 'told', 'bar', 'tasks'].map((id) => document.getElementById(id));

/** The batches that the inspector has told of, by their ids. */
const batches = new Map();
/** The request that was sent last: its route, how long it took, and its batch, once that is known. */
let shown;

const events = new EventSource('inspector/events');
events.addEventListener('snapshot', ({ data }) => heard(JSON.parse(data).batches));
events.addEventListener('change', ({ data }) => heard(JSON.parse(data).batches));

send('sign-up', '/signup', (form) => Object.fromEntries(new FormData(form)));
send('report', '/reports/failing', () => ({ email: 'ada@example.com' }));
send('hang-up', '/exports', () => ({ email: 'ada@example.com' }), PATIENCE);

/** Has the form of this id send a request; with `patience`, its client leaves after so many milliseconds. */
function send(id, path, body, patience) {
  document.getElementById(id).addEventListener('submit', (event) => {
    event.preventDefault();
    void request(path, body(event.target), patience);
  });
}

async function request(path, body, patience) {
  const asked = { route: `POST ${path}`, known: new Set(batches.keys()), patience };
  shown = asked;
  draw();
  // on a narrow screen it is below
  sentence.scrollIntoView({ block: 'nearest' });
  const began = performance.now();
  const signal = patience === undefined ? undefined : AbortSignal.timeout(patience);
  const headers = { 'content-type': 'application/json' };
  try {
    const response = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body), signal });
    asked.status = response.status;
    await response.text();
  } catch {
    asked.hasLeft = signal?.aborted === true;
  }
  asked.waited = performance.now() - began;
  draw();
}

function heard(changed) {
  for (const batch of changed) batches.set(batch.id, batch);
  if (shown === undefined) return;
  shown.batch ??= [...batches.values()].find(({ id, source }) => source?.name === shown.route && !shown.known.has(id));
  if (shown.batch !== undefined) shown.batch = batches.get(shown.batch.id);
  draw();
}

/** Draws what is known; while something runs, again and again, unless nobody wants to see things move. */
function draw() {
  sentence.textContent = said(shown);
  const { batch } = shown;
  told.textContent = batch?.finishedAt === undefined ? '' : sentence.textContent;
  bar.replaceChildren(...(batch === undefined ? [] : partsOf(batch)));
  list.replaceChildren(...(batch?.tasks ?? []).map((task) => itemOf(task, LINES[shown.route])));
  const moves = !matchMedia('(prefers-reduced-motion: reduce)').matches;
  if (moves && batch?.finishedAt === undefined) requestAnimationFrame(drawAgain);
}

let isDue = false;
function drawAgain() {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    draw();
  });
}

function said({ batch, waited, status, hasLeft, patience }) {
  if (waited === undefined) return 'You are waiting …';
  if (status !== undefined && status >= 400) return `You waited ${ms(waited)}, and got ${status}: look at the log.`;
  const first = hasLeft ? `You hung up after ${ms(patience)}.` : `You waited ${ms(waited)}.`;
  if (batch === undefined) return first;
  const begun = batch.settledAt ?? batch.endedAt;
  const work = begun === undefined ? 0 : Math.max(0, (batch.finishedAt ?? now()) - begun);
  const tense = batch.finishedAt === undefined ? 'so far' : 'of work';
  return hasLeft
    ? `${first} The handler ended all the same, and then came ${ms(work)} ${tense}.`
    : `${first} After that, ${ms(work)} ${tense}.`;
}

/** The bar: how long the client waited, what the handler took, and each task. */
function partsOf(batch) {
  const from = batch.startedAt ?? batch.addedAt;
  const to = batch.finishedAt ?? now();
  const part = (kind, begin, end) => {
    const element = document.createElement('span');
    element.className = kind;
    const scale = 100 / Math.max(to - from, 1);
    element.style.left = `${(begin - from) * scale}%`;
    element.style.width = `${Math.max(0, Math.min(end, to) - begin) * scale}%`;
    return element;
  };
  const runs = batch.tasks.flatMap(({ attempts }) =>
    attempts.map(({ startedAt, endedAt, error }) => part(error ? 'failed' : 'ran', startedAt, endedAt ?? to)),
  );
  return [part('waited', from, batch.endedAt ?? to), part('handler', from, batch.handlerEndedAt ?? to), ...runs];
}

function itemOf({ name, index, state, attempts, reason }, lines) {
  const item = document.createElement('li');
  const code = document.createElement('code');
  code.textContent = lines?.[index] ?? name;
  const fact = document.createElement('span');
  fact.className = state;
  const last = attempts.at(-1);
  const took = last === undefined ? '' : ms((last.endedAt ?? now()) - last.startedAt);
  const ended = {
    done: `✓ ran ${took}`,
    skipped: `⊘ skipped: ${REASONS[reason] ?? reason}`,
    failed: `✕ failed after ${took}: ${last?.error?.message ?? ''}`,
  };
  fact.textContent = ended[state] ?? (state === 'running' ? `${STATES.running}, ${took} so far` : STATES[state]);
  item.append(code, fact);
  return item;
}

function now() {
  return performance.timeOrigin + performance.now();
}

function ms(milliseconds) {
  return `${Math.round(Math.max(0, milliseconds)).toLocaleString('en')} ms`;
}
