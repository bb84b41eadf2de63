import type { ChangeView, SnapshotView } from '../src/inspector/view.js';
import { change, choice, connection, show } from './state.js';

/** Milliseconds until a stream that the server has refused is asked for again. */
const AGAIN = 5_000;

/** Beside this script, wherever a proxy has put it. */
const at = (path: string): string => new URL(path, import.meta.url).href;

let stream: EventSource | undefined;
let retry: number | undefined;

/** Opens the stream, or closes it, as the page is seen, and as it is paused. */
export function connect(): void {
  if (document.hidden || choice.peek().isPaused) close();
  else if (stream === undefined) open();
  if (choice.peek().isPaused) connection.value = 'paused';
}

/** The address of the trace of a batch. */
export function traceUrl(id: string): string {
  return at(`batches/${encodeURIComponent(id)}/trace`);
}

function open(): void {
  connection.value = 'connecting';
  stream = new EventSource(at('events'));
  stream.addEventListener('snapshot', ({ data }) => {
    show(JSON.parse(String(data)) as SnapshotView);
    connection.value = 'live';
  });
  stream.addEventListener('change', ({ data }) => change(JSON.parse(String(data)) as ChangeView));
  stream.addEventListener('error', () => void recover());
}

function close(): void {
  clearTimeout(retry);
  stream?.close();
  stream = retry = undefined;
}

/** A browser comes again by itself where the connection was lost, and not where the server has refused. */
async function recover(): Promise<void> {
  connection.value = 'reconnecting';
  if (stream?.readyState !== EventSource.CLOSED) return;
  close();
  retry = setTimeout(connect, AGAIN);
  connection.value = await whyRefused();
}

/** Nothing of a refused stream is told to a page: what is beside it says whether the server is there, and who may see it. */
async function whyRefused(): Promise<'reconnecting' | 'crowded' | 'refused'> {
  try {
    const response = await fetch(at('batches'));
    if (response.status === 401 || response.status === 403) return 'refused';
    if (!response.ok) return 'reconnecting';
    show((await response.json()) as SnapshotView);
    return 'crowded';
  } catch {
    return 'reconnecting';
  }
}
