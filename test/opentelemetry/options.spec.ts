import { describe, expect, it } from '@jest/globals';
import { Injectable, type Type } from '@nestjs/common';
import { BackgroundTasksEvents, BackgroundTasksModule } from 'nestjs-background-tasks';
import { OpenTelemetryInterceptor, type OpenTelemetryOptions } from 'nestjs-background-tasks/opentelemetry';
import { subjectOf } from '../../libs/background-tasks/src/core/reports/background-tasks.events.js';
import { express, start } from '../harness/application.js';
import { measureAll, traceAll } from './sdk.js';

describe('OpenTelemetryInterceptor', () => {
  const made = async (type: Type<OpenTelemetryInterceptor> = OpenTelemetryInterceptor) => {
    const imports = [BackgroundTasksModule.forRoot({ interceptors: [type] })];
    const { app } = await start(express, { imports, providers: [type] });
    return app.get(type);
  };

  it.each<[string, unknown, string]>([
    [
      'another relation',
      { relation: 'sibling' },
      "Expected `relation` to be `child` or `link`, got `'sibling'` (string).",
    ],
    ['no relation', { relation: null }, 'Expected `relation` to be `child` or `link`, got `null` (null).'],
    [
      'an unknown option',
      { relatoin: 'link' },
      "Expected `options` to be made of `relation`, got `{ relatoin: 'link' }` (object). There is no `relatoin`. Did you " +
        'mean `relation`?',
    ],
    ['no options', undefined, 'Expected `options` to be an object, got `undefined` (undefined).'],
  ])('does not take %s: the application does not start', (_, options, message) => {
    expect(() => OpenTelemetryInterceptor.with(options as OpenTelemetryOptions)).toThrow(new TypeError(message));
  });

  it('is made with options as a class of its own, which Nest resolves, and heirs have them', async () => {
    const Linking = OpenTelemetryInterceptor.with({ relation: 'link' });
    expect([Linking.name, Linking === OpenTelemetryInterceptor]).toEqual(['OpenTelemetryInterceptor', false]);
    @Injectable()
    class Heir extends Linking {}
    expect(await made(Linking)).toBeInstanceOf(OpenTelemetryInterceptor);
    expect(await made(Heir)).toBeInstanceOf(Linking);
  });

  it('has its options added where it is a class of its own, and stays that', async () => {
    class Own extends OpenTelemetryInterceptor {}
    const Linking = Own.with({ relation: 'link' });
    expect([Linking.name, await made(Linking)]).toEqual(['Own', expect.any(Own)]);
  });

  it('is left out until an SDK is registered: one that makes spans, or one that keeps numbers', async () => {
    const interceptor = await made();
    expect(interceptor.isEnabled).toBe(false);
    traceAll();
    expect(interceptor.isEnabled).toBe(true);
  });

  it('listens to events for an SDK that keeps numbers, and not before', async () => {
    const { app } = await start(express, {
      imports: [BackgroundTasksModule.forRoot({ interceptors: [OpenTelemetryInterceptor] })],
      providers: [OpenTelemetryInterceptor],
    });
    const interceptor = app.get(OpenTelemetryInterceptor);
    const subject = subjectOf(app.get(BackgroundTasksEvents));
    traceAll();
    expect([interceptor.isEnabled, subject.observed]).toEqual([true, false]);
    measureAll();
    expect([interceptor.isEnabled, subject.observed]).toEqual([true, true]);
  });
});
