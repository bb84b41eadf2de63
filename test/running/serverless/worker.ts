import { answer } from './answer.js';
import { type Invocation, invocations } from './worker.module.js';

export default {
  fetch: (request: Request, _env: unknown, context: Invocation) => invocations.run(context, () => answer(request)),
};
