import type { CallHandler } from '@nestjs/common';

/** Fits wherever Nest takes a guard, pipe, interceptor or filter, and does nothing. */
export class Enhancer {
  canActivate(): boolean {
    return true;
  }

  transform(value: unknown): unknown {
    return value;
  }

  intercept(_: unknown, next: CallHandler) {
    return next.handle();
  }

  catch(error: unknown): never {
    throw error;
  }
}
