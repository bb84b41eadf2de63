import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { Controller, Get, Req, Res } from '@nestjs/common';
import { BackgroundTask, currentTask, type TaskContext } from 'nestjs-background-tasks';
import { rawResponseOf } from '../../libs/background-tasks/src/core/http/raw.js';
import { platforms, type Reply, request, start } from '../harness/application.js';
import { type Deferred, deferred } from '../harness/deferred.js';

let seen: Deferred<TaskContext | undefined>;

@Controller()
class Late {
  @Get()
  late(@Req() { socket }: IncomingMessage, @Res() reply: Reply): void {
    reply.background = new BackgroundTask(() => seen.resolve(currentTask())).with({ runOn: 'always' });
    // in order, so that all that was written has arrived: and that was nothing
    socket.end(() => {
      socket.destroy();
      rawResponseOf(reply).end('for nobody');
    });
  }
}

describe.each(platforms)('a response that is ended on $name once its connection has gone', (platform) => {
  it('is one whose client has left, even if nothing has told of that yet', async () => {
    seen = deferred();
    const running = await start(platform, { controllers: [Late] });
    await expect(request(running, '/')).rejects.toThrow('socket hang up');
    expect(await seen.promise).toMatchObject({ aborted: true, outcome: 'success' });
  });
});
