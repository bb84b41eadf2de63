import { Module } from '@nestjs/common';
import { waitUntil } from '@vercel/functions';
import { BackgroundTasksModule } from 'nestjs-background-tasks';
import { SignUpModule } from './app.module.js';

@Module({ imports: [SignUpModule, BackgroundTasksModule.forRoot({ waitUntil })] })
export class AppModule {}
