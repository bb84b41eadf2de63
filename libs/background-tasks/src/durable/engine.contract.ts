import { describe } from '@jest/globals';
import { describeClaims } from './claims.contract.js';
import { describeClosing } from './closing.contract.js';
import { describeCrashes } from './crashes.contract.js';
import { describeData } from './data.contract.js';
import { describeFailed } from './failed.contract.js';
import { describeHolding } from './holding.contract.js';
import { describeRenewing } from './renewing.contract.js';
import type { OpenStore } from './scene.contract.js';
import { describeVerdicts } from './verdicts.contract.js';

/** All that the port promises, of one engine: `open` gives each test an empty store of its own. */
export function engineContract(name: string, open: OpenStore): void {
  describe(`${name} keeps what the port promises: it`, () => {
    // the longest one, while which the others come to their ends
    describeRenewing(open);
    describeHolding(open);
    describeClaims(open);
    describeVerdicts(open);
    describeFailed(open);
    describeCrashes(open);
    describeClosing(open);
    describeData(open);
  });
}
