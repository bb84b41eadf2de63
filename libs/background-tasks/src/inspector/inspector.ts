import { HarmlessLogger } from '../core/reports/harmless-logger.js';
import { answer, type Exchange, isOver, protect, refuse, urlOf } from './exchange.js';
import { Gatekeeper } from './gatekeeper.js';
import type { ResolvedInspectorOptions } from './inspector.options.js';
import { type PageFile, pageFilesAt } from './page-files.js';
import { InspectorStore } from './store.js';
import { snapshotOf } from './told.js';
import { traceOf } from './trace.js';
import type { StatsView } from './view.js';
import { Viewers } from './viewers.js';

/** One route of the inspector, below its path. */
export interface InspectorRoute {
  /** What follows the path of the inspector: nothing, or `/` and more. */
  readonly suffix: string;
  serve(exchange: Exchange): void | Promise<void>;
}

const JSON_TYPE = 'application/json; charset=utf-8';

/** What the inspector keeps, and how it answers: the same on every platform. */
export class Inspector {
  readonly store: InspectorStore;
  readonly viewers: Viewers;
  readonly #files: Map<string, PageFile>;
  readonly #stats: () => StatsView;
  readonly #gatekeeper: Gatekeeper;
  readonly #logger = new HarmlessLogger();

  constructor(options: ResolvedInspectorOptions, stats: () => StatsView) {
    this.store = new InspectorStore(options);
    this.viewers = new Viewers(this.store, stats);
    this.#files = pageFilesAt(options.path);
    this.#stats = stats;
    this.#gatekeeper = new Gatekeeper(options.authorize, this.#logger);
  }

  get routes(): InspectorRoute[] {
    const files = Array.from(this.#files, ([suffix, file]): InspectorRoute => ({
      suffix,
      serve: (exchange) => this.#file(exchange, suffix, file),
    }));
    return [
      ...files,
      { suffix: '/batches', serve: (exchange) => this.#batches(exchange) },
      { suffix: '/batches/:id/trace', serve: (exchange) => this.#trace(exchange) },
      { suffix: '/events', serve: (exchange) => this.#events(exchange) },
    ];
  }

  /** Answers a request to `route` by whoever may see the inspector, and refuses every other. */
  async serve(route: InspectorRoute, exchange: Exchange): Promise<void> {
    try {
      if (isOver(exchange)) return;
      protect(exchange);
      // the page itself has no data, and may be linked to
      const status =
        route.suffix !== '' && this.#gatekeeper.isOfAnotherSite(exchange) ? 403 : await this.#ask(exchange);
      if (isOver(exchange)) return;
      if (status === 200) await route.serve(exchange);
      else refuse(exchange, status);
    } catch (thrown) {
      this.#logger.failure('The inspector could not answer: ', thrown);
      exchange.response.destroy();
    }
  }

  #ask(exchange: Exchange): Promise<number> {
    return this.#gatekeeper.statusFor(exchange);
  }

  #file(exchange: Exchange, suffix: string, { type, text }: PageFile): void {
    const { path, query } = urlOf(exchange);
    if (suffix !== '' || !path.endsWith('/')) return answer(exchange, type, text);
    // what the page asks for is beside the last segment of its address; relative, whatever a proxy has taken off
    const name = path.split('/').findLast((segment) => segment !== '') ?? '';
    refuse(exchange, 302, { Location: `../${name}${query}` });
  }

  #batches(exchange: Exchange): void {
    answer(exchange, JSON_TYPE, JSON.stringify(snapshotOf(this.store, this.#stats())));
  }

  #trace(exchange: Exchange): void {
    const id = urlOf(exchange).path.split('/').at(-2) ?? '';
    const record = this.store.find(id);
    if (record === undefined) return refuse(exchange, 404);
    const disposition = `attachment; filename="batch-${record.view.id}.json"`;
    answer(exchange, JSON_TYPE, JSON.stringify(traceOf(record.view)), { 'Content-Disposition': disposition });
  }

  #events(exchange: Exchange): void {
    const { request, response } = exchange;
    if (request.method === 'HEAD') return refuse(exchange, 405, { Allow: 'GET' });
    if (!this.viewers.hasRoom) return refuse(exchange, 503, { 'Retry-After': '10' });
    response.statusCode = 200;
    response.setHeader('Content-Type', 'text/event-stream; charset=utf-8');
    // nginx collects what is streamed, unless it is told not to
    response.setHeader('X-Accel-Buffering', 'no');
    // ended with the stream, it does not keep the server from closing; HTTP/2 knows no such header
    if (request.httpVersionMajor < 2) response.setHeader('Connection', 'close');
    this.viewers.open(response, async () => (await this.#ask(exchange)) === 200);
  }
}
