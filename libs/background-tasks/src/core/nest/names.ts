import { KEYS } from './metadata.js';

/** The patterns that `method`, a handler of a microservice, is for. */
export function patternsOf(method: object): readonly unknown[] {
  const patterns: unknown = Reflect.getMetadata(KEYS.PATTERN_METADATA, method);
  return Array.isArray(patterns) ? patterns : [];
}

/** The event that `method`, a handler of a gateway, is for. */
export function eventOfGateway(method: object): unknown {
  return Reflect.getMetadata(KEYS.MESSAGE_METADATA, method);
}

/** The type and the name of the field that `method`, a resolver, is for, as far as its decorators say it by themselves. */
export function fieldOfResolver(method: object & { readonly name?: string }): { type: unknown; name: unknown } {
  return {
    type: Reflect.getMetadata(KEYS.RESOLVER_TYPE_METADATA, method),
    name: Reflect.getMetadata(KEYS.RESOLVER_NAME_METADATA, method) ?? method.name,
  };
}
