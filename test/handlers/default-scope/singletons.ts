import { EventEmitter } from 'node:events';
import { type CallHandler, Catch, HttpException, Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { finalize } from 'rxjs';
import type { Reply } from '../../harness/application.js';
import { Adds, noteOutcome, noteRefusal } from './adds.js';

@Injectable()
export class Strategy extends Adds {
  /** As those of Passport do, it calls back from wherever it is. */
  authenticate(done: (user: string) => void): void {
    setImmediate(() => {
      this.add('strategy');
      void Promise.resolve('Ada').then(done);
    });
  }
}

@Injectable()
export class Guard extends Adds {
  @Inject(Strategy) readonly strategy!: Strategy;

  canActivate(): Promise<boolean> {
    this.add('guard');
    return new Promise((resolve) => {
      this.strategy.authenticate((user) => {
        this.add(`${user} is known`);
        resolve(true);
      });
    });
  }
}

@Injectable()
export class Interceptor extends Adds {
  intercept(_: unknown, next: CallHandler) {
    this.add('interceptor');
    return next.handle().pipe(finalize(() => this.add('interceptor, afterwards')));
  }
}

@Injectable()
export class Pipe extends Adds {
  transform(value: unknown): unknown {
    this.add('pipe');
    return value;
  }
}

@Catch()
export class Filter extends Adds {
  catch(error: HttpException, host: { switchToHttp(): { getResponse(): Reply } }): void {
    this.tasks.addTask(noteOutcome, 'filter').with({ runOn: 'always' });
    host.switchToHttp().getResponse().status(error.getStatus()).send('caught');
  }
}

@Injectable()
export class Middleware extends Adds {
  use(_request: unknown, _response: unknown, next: () => void): void {
    this.add('class middleware');
    next();
  }
}

@Injectable()
export class Denies extends Adds {
  canActivate(): boolean {
    this.tasks.addTask(noteOutcome, 'guard').with({ runOn: 'always' });
    return false;
  }
}

@Injectable()
export class Deep extends Adds {}

@Injectable()
export class Service {
  constructor(@Inject(Deep) readonly deep: Deep) {}
}

export const emitter = new EventEmitter();

@Injectable()
export class Subscriber extends Adds implements OnModuleInit {
  async onModuleInit(): Promise<void> {
    emitter.removeAllListeners();
    emitter.on('signed up', () => this.add('event subscriber'));
    await noteRefusal(() => this.add('at start-up'));
  }
}
