import { Inject, Injectable, type DynamicModule } from '@nestjs/common';
import { TypeOrmModule, getDataSourceToken } from '@nestjs/typeorm';
import { DataSource, EntitySchema } from 'typeorm';
import { Resource } from '../resources.js';
import { Stage } from '../stage.js';

const Visit = new EntitySchema<{ id: number; by: string }>({
  name: 'visit',
  columns: { id: { type: Number, primary: true, generated: true }, by: { type: String } },
});

/** A real database, closed by the core module of `@nestjs/typeorm`: a global one, in `onApplicationShutdown`. */
export const typeOrmModule: DynamicModule = TypeOrmModule.forRoot({
  type: 'sqljs',
  entities: [Visit],
  synchronize: true,
});

@Injectable()
export class Visits extends Resource {
  constructor(
    @Inject(getDataSourceToken()) private readonly database: DataSource,
    @Inject(Stage) stage: Stage,
  ) {
    super();
    const destroy = database.destroy.bind(database);
    database.destroy = async () => {
      stage.mark('resource closed');
      await destroy();
    };
  }

  async use(by: string): Promise<void> {
    const visits = this.database.getRepository(Visit);
    await visits.insert({ by });
    if (!(await visits.existsBy({ by }))) throw new Error('What was inserted is not there.');
  }
}
