import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';

/**
 * The keys under which Nest and TypeScript write down what decorators say.
 *
 * Nest exports them by no public name. Each is called here like the constant that it copies, of @nestjs/common,
 * @nestjs/websockets or @nestjs/graphql; a spec compares them with every Nest that is installed.
 */
export const KEYS = {
  PARAMTYPES_METADATA: 'design:paramtypes',
  SELF_DECLARED_DEPS_METADATA: 'self:paramtypes',
  PROPERTY_DEPS_METADATA: 'self:properties_metadata',
  ROUTE_ARGS_METADATA: '__routeArguments__',
  INTERCEPTORS_METADATA: '__interceptors__',
  GUARDS_METADATA: '__guards__',
  PIPES_METADATA: '__pipes__',
  EXCEPTION_FILTERS_METADATA: '__exceptionFilters__',
  PATH_METADATA: 'path',
  SSE_METADATA: '__sse__',
  PATTERN_METADATA: 'microservices:pattern',
  PATTERN_HANDLER_METADATA: 'microservices:handler_type',
  GATEWAY_METADATA: 'websockets:is_gateway',
  MESSAGE_MAPPING_METADATA: 'websockets:message_mapping',
  MESSAGE_METADATA: 'message',
  RESOLVER_TYPE_METADATA: 'graphql:resolver_type',
  RESOLVER_NAME_METADATA: 'graphql:resolver_name',
  RESOLVER_PROPERTY_METADATA: 'graphql:resolve_property',
  RESOLVER_REFERENCE_METADATA: 'graphql:resolve_reference',
  // the semicolon is Nest's own
  SUBSCRIPTION_OPTIONS_METADATA: 'graphql:subscription_options;',
} as const;

/** What stands for `@Res()` among the kinds of parameters: `RouteParamtypes.RESPONSE`. GraphQL's `@Context()` has it, too. */
export const RESPONSE_KIND = '1';

/** What stands for `@Next()`: `RouteParamtypes.NEXT`. */
export const NEXT_KIND = '2';

/** What tells that a method is a handler: of a route, a message of a microservice or gateway, or a resolver. */
const HANDLER_KEYS = [
  KEYS.PATH_METADATA,
  KEYS.PATTERN_METADATA,
  KEYS.MESSAGE_MAPPING_METADATA,
  KEYS.RESOLVER_TYPE_METADATA,
  KEYS.RESOLVER_PROPERTY_METADATA,
  KEYS.RESOLVER_REFERENCE_METADATA,
];

const ENHANCER_KEYS = [
  KEYS.INTERCEPTORS_METADATA,
  KEYS.GUARDS_METADATA,
  KEYS.PIPES_METADATA,
  KEYS.EXCEPTION_FILTERS_METADATA,
];

/** What is provided under these tokens is bound to every handler; Nest adds a number to each. */
const GLOBAL_ENHANCERS = [APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE];

/** A class with handlers, by the parts that decorators write to. */
export interface HandlerClass {
  readonly prototype: object;
}

/** What Nest wrote down about one parameter of a handler. */
export interface HandlerParameter {
  readonly index: number;
  /** Whether it is the response, `@Res()`. */
  readonly isResponse: boolean;
  /** Whether it is what calls the next handler of the route, `@Next()`. */
  readonly isNext: boolean;
  /** What makes the value of a parameter with a decorator of one's own. */
  readonly factory: unknown;
  readonly pipes: readonly unknown[];
}

/** The decorated parameters of the method `key`: Nest calls each by its kind and its place, as in `3:0`. */
export function parametersOf(handlers: HandlerClass, key: string | symbol): HandlerParameter[] {
  type Written = Readonly<Record<string, { index: number; factory?: unknown; pipes?: readonly unknown[] }>>;
  const written = Reflect.getMetadata(KEYS.ROUTE_ARGS_METADATA, handlers, key) as Written | undefined;
  return Object.entries(written ?? {}).map(([kindAndPlace, { index, factory, pipes = [] }]) => ({
    index,
    isResponse: kindAndPlace.startsWith(`${RESPONSE_KIND}:`),
    isNext: kindAndPlace.startsWith(`${NEXT_KIND}:`),
    factory,
    pipes,
  }));
}

/** The types of the parameters of the method `key`, if the compiler emitted them. */
export function parameterTypesOf({ prototype }: HandlerClass, key: string | symbol): readonly unknown[] | undefined {
  const types: unknown = Reflect.getMetadata(KEYS.PARAMTYPES_METADATA, prototype, key);
  return Array.isArray(types) ? types : undefined;
}

/** Makes the type of a parameter of `prototype[key]` an unknown one, as if it had none. */
export function hideParameterType(prototype: object, key: string | symbol, index: number): void {
  const types = parameterTypesOf({ prototype }, key);
  if (types === undefined) return;
  Reflect.defineMetadata(KEYS.PARAMTYPES_METADATA, types.with(index, Object), prototype, key);
}

/** What is bound to a class with handlers, or to a handler: interceptors, guards, pipes and filters. */
export function enhancersOf(target: object): unknown[] {
  return ENHANCER_KEYS.flatMap((key) => listAt(key, target));
}

/** The interceptors of a class with handlers, or of a handler, the outermost first. */
export function interceptorsOf(target: object): readonly unknown[] {
  return listAt(KEYS.INTERCEPTORS_METADATA, target);
}

/** Binds `interceptor` outside those that `target` has; `UseInterceptors()` can only put it inside. */
export function addOutermostInterceptor(target: object, interceptor: unknown): void {
  Reflect.defineMetadata(KEYS.INTERCEPTORS_METADATA, [interceptor, ...interceptorsOf(target)], target);
}

/** Binds `interceptor` inside those that `target`, a handler, has: inside those of its class, too. */
export function addInnermostInterceptor(target: object, interceptor: unknown): void {
  Reflect.defineMetadata(KEYS.INTERCEPTORS_METADATA, [...interceptorsOf(target), interceptor], target);
}

/** Binds `interceptor` right inside `outer`, which `target` has. */
export function addInterceptorInside(target: object, outer: unknown, interceptor: unknown): void {
  const bound = interceptorsOf(target).flatMap((each) => (each === outer ? [outer, interceptor] : [each]));
  Reflect.defineMetadata(KEYS.INTERCEPTORS_METADATA, bound, target);
}

/** Whether what is provided as `token` is bound to every handler of the application. */
export function isGlobalEnhancer(token: unknown): boolean {
  return typeof token === 'string' && GLOBAL_ENHANCERS.some((global) => token.startsWith(global));
}

/** What the constructor and the properties of `metatype` ask for, as the compiler and `@Inject()` wrote it down. */
export function dependenciesOf(metatype: object): unknown[] {
  const parameters = [...listAt(KEYS.PARAMTYPES_METADATA, metatype)];
  const named = listAt(KEYS.SELF_DECLARED_DEPS_METADATA, metatype) as Array<{ index: number; param: unknown }>;
  for (const { index, param } of named) parameters[index] = param;
  const properties = listAt(KEYS.PROPERTY_DEPS_METADATA, metatype) as Array<{ type: unknown }>;
  return [...parameters, ...properties.map(({ type }) => type)];
}

/** Makes Nest look for `token` when it is to make a `metatype` itself, unless a heir asks for something else. */
export function askFor(token: string, metatype: object): void {
  Reflect.defineMetadata(KEYS.PARAMTYPES_METADATA, [token], metatype);
}

/** Whether `provider` has `@WebSocketGateway()`. */
export function isGateway(provider: object): boolean {
  return Reflect.hasMetadata(KEYS.GATEWAY_METADATA, provider);
}

/** Whether Nest calls `method` with what its decorators say of its parameters. */
export function isHandler(method: object): boolean {
  return HANDLER_KEYS.some((key) => Reflect.hasMetadata(key, method));
}

/** Whether `method` is the handler of a route of HTTP, and of nothing else. */
export function isRouteOnly(method: object): boolean {
  return HANDLER_KEYS.every((key) => Reflect.hasMetadata(key, method) === (key === KEYS.PATH_METADATA));
}

/** Whether `method` has `@Query()` or its like: a resolver, in a class with or without `@Resolver()`. */
export function isResolver(method: object): boolean {
  return [KEYS.RESOLVER_TYPE_METADATA, KEYS.RESOLVER_PROPERTY_METADATA, KEYS.RESOLVER_REFERENCE_METADATA].some((key) =>
    Reflect.hasMetadata(key, method),
  );
}

/** What makes the result of an event of a subscription. */
export type SubscriptionResolve = (this: object, ...args: unknown[]) => unknown;

/** What was said to `@Subscription({ resolve })`, if anything was. */
export function subscriptionResolveOf(method: object): SubscriptionResolve | undefined {
  return subscriptionOptionsOf(method)?.resolve;
}

/** Puts `resolve` in the place of what was said to `@Subscription({ resolve })`. */
export function replaceSubscriptionResolve(method: object, resolve: SubscriptionResolve): void {
  const options = { ...subscriptionOptionsOf(method), resolve };
  Reflect.defineMetadata(KEYS.SUBSCRIPTION_OPTIONS_METADATA, options, method);
}

function subscriptionOptionsOf(method: object): { readonly resolve?: SubscriptionResolve } | undefined {
  return Reflect.getMetadata(KEYS.SUBSCRIPTION_OPTIONS_METADATA, method) as ReturnType<typeof subscriptionOptionsOf>;
}

/** The list that is written under `key`; an empty one if none is. */
function listAt(key: string, target: object): readonly unknown[] {
  return (Reflect.getMetadata(key, target) ?? []) as readonly unknown[];
}
