import { expect, it } from '@jest/globals';
import * as library from 'nestjs-background-tasks';

it('the main entry exports what the README names, and nothing else', () => {
  expect(Object.keys(library).sort()).toEqual([
    'BackgroundTask',
    'BackgroundTasks',
    'BackgroundTasksEvents',
    'BackgroundTasksModule',
    'BackgroundTasksRunner',
    'DurableBatches',
    'DurableStoreError',
    'DurableTask',
    'NoActiveRequestError',
    'Tasks',
    'TooManyBackgroundTasksError',
    'UseBackgroundTasks',
    'currentTask',
  ]);
});
