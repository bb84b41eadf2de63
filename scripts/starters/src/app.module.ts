import { Module } from '@nestjs/common';
import { BackgroundTasksModule } from 'nestjs-background-tasks';
import { AppController } from './app.controller.js';
import { AppService } from './app.service.js';
import { Mailer } from './mailer.js';
import { SignUpController } from './sign-up.controller.js';

@Module({
  imports: [BackgroundTasksModule],
  controllers: [AppController, SignUpController],
  providers: [AppService, Mailer],
})
export class AppModule {}
