import { HttpException } from '@nestjs/common';
import { lookAt } from '../core/errors/safely.js';
import type { HarmlessLogger } from '../core/reports/harmless-logger.js';
import type { Exchange } from './exchange.js';
import type { Authorize } from './inspector.options.js';

/** What lets a request in. */
const OK = 200;
const FORBIDDEN = 403;

/** Browsers say which site has made a request: this one, or nobody, as for an address that was typed. */
const OWN_SITE: readonly unknown[] = [undefined, 'same-origin', 'none'];

/** Decides who may see the inspector: as `authorize` says, and nobody when it does not say. */
export class Gatekeeper {
  readonly #authorize: Authorize;
  readonly #logger: HarmlessLogger;

  constructor(authorize: Authorize, logger: HarmlessLogger) {
    this.#authorize = authorize;
    this.#logger = logger;
  }

  /** Whether another site has made the browser ask: with permissive CORS it could read the answer. */
  isOfAnotherSite({ request }: Exchange): boolean {
    return !OWN_SITE.includes(request.headers['sec-fetch-site']);
  }

  /** The status of the answer: 200 lets it in. */
  async statusFor({ asked }: Exchange): Promise<number> {
    try {
      const answer: unknown = await this.#authorize(asked);
      return answer === true ? OK : FORBIDDEN;
    } catch (thrown) {
      return this.#statusOf(thrown);
    }
  }

  #statusOf(thrown: unknown): number {
    const status = lookAt(() => (thrown instanceof HttpException ? thrown.getStatus() : undefined), undefined);
    if (status === undefined) {
      this.#logger.failure('The inspector let nobody in, since its `authorize` threw: ', thrown);
      return FORBIDDEN;
    }
    // to throw is to refuse, whatever number is in it
    return Number.isInteger(status) && status >= 400 && status <= 599 ? status : FORBIDDEN;
  }
}
