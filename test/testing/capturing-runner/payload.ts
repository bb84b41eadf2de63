/** What a task holds on to: it can only be collected with the task. */
class Payload {
  readonly bytes = new Uint8Array(1_000);
}

export function use(payload: Payload): number {
  return payload.bytes.length;
}

export function remembered(payloads: Array<WeakRef<object>>): Payload {
  const payload = new Payload();
  payloads.push(new WeakRef(payload));
  return payload;
}
