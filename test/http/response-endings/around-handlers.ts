import {
  type ArgumentsHost,
  BadRequestException,
  type CanActivate,
  Catch,
  type ExceptionFilter,
  Inject,
  Injectable,
  type NestInterceptor,
  type NestMiddleware,
  Scope,
} from '@nestjs/common';
import { BackgroundTasks } from 'nestjs-background-tasks';
import { type Observable, throwError } from 'rxjs';
import type { Reply } from '../../harness/application.js';
import { scene } from './current-scene.js';

@Catch()
export class AnswersFine implements ExceptionFilter {
  catch(_: unknown, host: ArgumentsHost): void {
    host.switchToHttp().getResponse<Reply>().status(200).send('all is fine');
  }
}

@Injectable()
export class AddsAndDenies implements CanActivate {
  constructor(@Inject(BackgroundTasks) private readonly tasks: BackgroundTasks) {}

  canActivate(): boolean {
    scene().addTwo(this.tasks);
    return false;
  }
}

@Injectable()
export class Throws implements NestInterceptor {
  intercept(): Observable<never> {
    return throwError(() => new Error('inner interceptor'));
  }
}

@Injectable({ scope: Scope.REQUEST })
export class AddingMiddleware implements NestMiddleware {
  constructor(@Inject(BackgroundTasks) private readonly tasks: BackgroundTasks) {}

  use(request: { originalUrl: string }, response: { statusCode: number; end(body: string): void }, next: () => void) {
    scene().addTwo(this.tasks);
    if (request.originalUrl.startsWith('/middleware/throws')) throw new BadRequestException();
    if (!request.originalUrl.startsWith('/middleware/answers')) return next();
    response.statusCode = 202;
    response.end('answered by middleware');
  }
}
