export { OpenTelemetryInterceptor } from './opentelemetry.interceptor.js';
export type { OpenTelemetryOptions } from './opentelemetry.options.js';
