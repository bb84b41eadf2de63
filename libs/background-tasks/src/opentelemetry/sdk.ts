import { createNoopMeter, type Meter, metrics, trace, type Tracer, type TracerProvider } from '@opentelemetry/api';

/** By which name all that is made here is known. */
const SCOPE = 'nestjs-background-tasks';

/** What stands for the provider of tracers until one is registered, in this and in other copies of the API. */
interface MaybeProxy extends TracerProvider {
  getDelegateTracer?(name: string): Tracer | undefined;
}

/**
 * The tracer and the meter of an SDK, once one is registered: that may be later than the application, and is not asked of an
 * SDK twice.
 */
export class Sdk {
  #tracerOf?: { readonly provider: TracerProvider; readonly tracer: Tracer };
  #meter?: Meter;

  /** There is none where no SDK would make spans. */
  get tracer(): Tracer | undefined {
    const provider = trace.getTracerProvider();
    if (this.#tracerOf?.provider === provider) return this.#tracerOf.tracer;
    const tracer = tracerOf(provider);
    if (tracer !== undefined) this.#tracerOf = { provider, tracer };
    return tracer;
  }

  /** There is none where no SDK would keep numbers. The first one stays: instruments cannot move. */
  get meter(): Meter | undefined {
    if (this.#meter !== undefined) return this.#meter;
    const meter = registeredMeter();
    return meter === createNoopMeter() ? undefined : (this.#meter = meter);
  }
}

/*
 * What an SDK throws makes it none. Not by `lookAt()`, which would need a function for each attempt that no SDK hears of.
 */

function tracerOf(provider: MaybeProxy): Tracer | undefined {
  try {
    const isProxy = typeof provider.getDelegateTracer === 'function';
    return isProxy ? provider.getDelegateTracer?.(SCOPE) : provider.getTracer(SCOPE);
  } catch {
    return undefined;
  }
}

function registeredMeter(): Meter | undefined {
  try {
    return metrics.getMeter(SCOPE);
  } catch {
    return undefined;
  }
}
