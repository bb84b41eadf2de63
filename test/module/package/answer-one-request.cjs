const { join } = require('node:path');

/**
 * An application in plain JavaScript that answers one request, and prints what happened in which order.
 *
 * One handler parameter has the decorator, the other the type that a compiler would have written down.
 */
module.exports = async function answerOneRequest(common, core, library, piscina) {
  const { BackgroundTask, BackgroundTasks, BackgroundTasksModule, BackgroundTasksRunner, Tasks } = library;

  class SignUpController {
    signUp(decorated, typed, response) {
      decorated.addTask(console.log, 'the first task ran');
      typed.addTask(this, 'welcome', 'second');
      response.background = new BackgroundTask(console.log, 'the third task ran');
      const shared = new Int32Array(new SharedArrayBuffer(4));
      decorated.addTask(new piscina.WorkerTask(join(__dirname, 'worker.cjs'), shared));
      decorated.addTask(() => console.log(`${shared[0]} task ran in a worker thread`));
      return 'signed up';
    }

    welcome(which) {
      console.log(`the ${which} task ran`);
    }
  }
  const handler = [SignUpController.prototype, 'signUp'];
  Reflect.defineMetadata('design:paramtypes', [BackgroundTasks, BackgroundTasks, Object], ...handler);
  Tasks()(...handler, 0);
  common.Res({ passthrough: true })(...handler, 2);
  common.Post('signup')(...handler, Object.getOwnPropertyDescriptor(...handler));
  common.Controller()(SignUpController);

  class AppModule {}
  // to start the first thread takes its time where the machine is busy
  const imports = [BackgroundTasksModule.forRoot({ slowSyncWarning: 0 })];
  common.Module({ imports, controllers: [SignUpController] })(AppModule);

  const app = await core.NestFactory.create(AppModule, { logger: ['error', 'warn'] });
  app.use((_request, response, next) => {
    response.once('finish', () => console.log('the response was sent'));
    next();
  });
  await app.listen(0, '127.0.0.1');
  const response = await fetch(`${await app.getUrl()}/signup`, { method: 'POST' });
  const answer = `${response.status} ${await response.text()}`;
  await app.get(BackgroundTasksRunner).idle();
  console.log(answer);
  await app.close();
};
