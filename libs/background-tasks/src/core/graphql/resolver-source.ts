import type { Source } from '../batch/source.js';
import type { HandlerCall } from '../calls/handler-call.js';
import { fieldOfResolver } from '../nest/names.js';

/** GraphQL's own object about the field that is resolved, as far as its name needs it. */
interface Info {
  readonly parentType?: { readonly name?: unknown };
  readonly fieldName?: unknown;
}

/** What `call`, that of a resolver, is called: by the field, as the schema calls it. */
export function sourceOfResolver({ handler, name }: HandlerCall): Source {
  // some resolvers get no arguments: the info is always the last
  const info = handler?.getArgs?.().at(-1) as Info | undefined;
  const said = fieldOfResolver(handler?.getHandler() ?? {});
  // what makes the events of a subscription is called by no context
  const { type, name: field } =
    info?.parentType === undefined ? said : { type: info.parentType.name, name: info.fieldName };
  return { kind: 'graphql', name: `${String(type)}.${String(field)}`, handler: name };
}
