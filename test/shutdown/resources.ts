import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Inject,
  Injectable,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type Type,
} from '@nestjs/common';
import { Stage } from './stage.js';

/** Something that tasks use, and that its owner closes at shutdown. */
export abstract class Resource {
  abstract use(by: string): Promise<void>;
}

/** A client without a server behind it. */
@Injectable()
export class Client extends Resource {
  #isClosed = false;

  constructor(@Inject(Stage) protected readonly stage: Stage) {
    super();
  }

  async use(by: string): Promise<void> {
    if (this.#isClosed) throw new Error(`The client was closed when ${by} came.`);
  }

  protected async close(): Promise<void> {
    this.#isClosed = true;
    this.stage.mark('resource closed');
  }
}

/** As in the recipe for Prisma. */
@Injectable()
export class ClosedOnModuleDestroy extends Client implements OnModuleDestroy {
  onModuleDestroy(): Promise<void> {
    return this.close();
  }
}

@Injectable()
export class ClosedBeforeApplicationShutdown extends Client implements BeforeApplicationShutdown {
  beforeApplicationShutdown(): Promise<void> {
    return this.close();
  }
}

@Injectable()
export class ClosedOnApplicationShutdown extends Client implements OnApplicationShutdown {
  onApplicationShutdown(): Promise<void> {
    return this.close();
  }
}

/** The resource in a module of its own. */
export function resourceModule(resource: Type<Resource>, { global = false } = {}): DynamicModule {
  return { module: class ResourceModule {}, global, providers: [provided(resource)], exports: [Resource] };
}

/** The resource as a provider. */
export function provided(resource: Type<Resource>) {
  return { provide: Resource, useClass: resource };
}
