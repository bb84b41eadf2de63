import { BroadcastChannel } from 'node:worker_threads';

/** Tells whoever listens to `channel`, in any thread, that the task is at work. */
export function announce(channel) {
  const sender = new BroadcastChannel(channel);
  sender.postMessage('at work');
  sender.close();
}
