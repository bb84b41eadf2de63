import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A proxy before a server, by which a test has the network fail. */
export class TcpProxy {
  readonly host = '127.0.0.1';
  /** How many connections came while it cut them. */
  refused = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #clients = new Set<Socket>();
  readonly #stranded = new WeakSet<Socket>();
  /** What was sent, and who has gone, while nothing went through. */
  #held: (() => void)[] = [];
  #state: 'passing' | 'hanging' | 'cut' = 'passing';

  private constructor(target: { readonly host: string; readonly port: number }) {
    this.#server = createServer((client) => this.#connected(client, target));
  }

  static async before(target: { readonly host: string; readonly port: number }): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    proxy.#server.listen(0, proxy.host);
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** How many connections to it are open at the side of the client. */
  get connections(): number {
    return this.#clients.size;
  }

  /** How many sockets it has: two for each connection. */
  get size(): number {
    return this.#sockets.size;
  }

  /** Everything goes through, also what was held back. */
  pass(): void {
    this.#state = 'passing';
    const held = this.#held;
    this.#held = [];
    for (const go of held) go();
  }

  /** Connections stay, new ones are taken, and nothing goes through: as behind a router that has died. */
  hang(): void {
    this.#state = 'hanging';
  }

  /** Nothing goes through any more on the connections that there are; new ones pass: as where a server has moved. */
  strand(): void {
    for (const socket of this.#sockets) this.#stranded.add(socket);
  }

  /** Connections are reset, and new ones too. */
  cut(): void {
    this.#state = 'cut';
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    this.cut();
    this.pass();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #connected(client: Socket, target: { readonly host: string; readonly port: number }): void {
    if (this.#state === 'cut') {
      this.refused++;
      client.resetAndDestroy();
      return;
    }
    this.#clients.add(client.once('close', () => this.#clients.delete(client)));
    const server = connect(target.port, target.host);
    this.#join(client, server);
    this.#join(server, client);
  }

  #join(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.on('error', () => {});
    // whoever closes one side, or breaks it, closes the other
    from.once('close', () => {
      this.#sockets.delete(from);
      this.#pass(from, () => to.destroy());
    });
    from.on('data', (chunk) => this.#pass(from, () => to.write(chunk)));
  }

  #pass(from: Socket, go: () => void): void {
    if (this.#state === 'cut' || (this.#state === 'passing' && !this.#stranded.has(from))) go();
    else if (!this.#stranded.has(from)) this.#held.push(go);
  }
}
