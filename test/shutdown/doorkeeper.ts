import { type BeforeApplicationShutdown, Inject, type DynamicModule } from '@nestjs/common';
import { Stage } from './stage.js';

/** Keeps the server open until the test lets it close, after every other module has been told of it. */
class Doorkeeper implements BeforeApplicationShutdown {
  constructor(@Inject(Stage) private readonly stage: Stage) {}

  async beforeApplicationShutdown(): Promise<void> {
    this.stage.mark('the server is about to close');
    await this.stage.server.promise;
  }
}

/** To be listed first: among global modules, Nest calls the hooks of the first one last. */
export const doorkeeper: DynamicModule = { module: class DoorkeeperModule {}, global: true, providers: [Doorkeeper] };
