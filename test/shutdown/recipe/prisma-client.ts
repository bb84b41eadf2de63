import { type Deferred, deferred } from '../../harness/deferred.js';
import { Timeline } from '../../harness/timeline.js';

/** What the recipe needs of a generated Prisma client. */
export class PrismaClient {
  /** What became of all clients. */
  static timeline = new Timeline();
  /** Resolved by the test to let the database answer. */
  static answer: Deferred = deferred();
  #isConnected = true;

  readonly order = {
    update: async ({ where: { id } }: { where: { id: string }; data: { shipped: boolean } }): Promise<void> => {
      PrismaClient.timeline.mark(`order ${id} is on its way`);
      await PrismaClient.answer.promise;
      if (!this.#isConnected) throw new Error('The client is disconnected.');
      PrismaClient.timeline.mark(`order ${id} is updated`);
    },
  };

  async $disconnect(): Promise<void> {
    this.#isConnected = false;
    PrismaClient.timeline.mark('disconnected');
  }
}
