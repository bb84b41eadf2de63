import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A line to a port of this machine that can go silent, as networks do: nothing arrives, and nobody is told. */
export class Line {
  readonly #server;
  readonly #sockets = new Set<Socket>();
  readonly #near = new Set<Socket>();
  #held: (() => void)[] | undefined;

  private constructor(to: number) {
    this.#server = createServer((near) => {
      const far = connect(to, '127.0.0.1');
      this.#near.add(near.once('close', () => this.#near.delete(near)));
      this.#join(near, far);
      this.#join(far, near);
    });
  }

  static async to(port: number): Promise<Line> {
    const line = new Line(port);
    line.#server.listen(0, '127.0.0.1');
    await once(line.#server, 'listening');
    return line;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** How many connections to it are open. */
  get connections(): number {
    return this.#near.size;
  }

  silence(): void {
    this.#held ??= [];
  }

  restore(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const pass of held) pass();
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #join(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    const pass = (act: () => void): unknown => (this.#held === undefined ? act() : this.#held.push(act));
    from.on('data', (chunk) => pass(() => to.write(chunk)));
    from.on('error', () => {});
    from.on('close', () => {
      this.#sockets.delete(from);
      pass(() => to.destroy());
    });
  }
}
