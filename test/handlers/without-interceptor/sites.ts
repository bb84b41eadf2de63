import { Controller, Get, type Scope, type Type, UseFilters } from '@nestjs/common';
import { type BackgroundTasks, Tasks } from 'nestjs-background-tasks';
import { AnswersFine, add, type Means } from './means.js';

/** How a controller is made of a class: each time of a new one, since what stands in for a method stays there. */
export type Making = (site: Type<Site>) => Type<Site>;

export interface Site {
  handler(tasks: BackgroundTasks): string;
}

export const nothing = (): void => undefined;

export interface Decorated {
  readonly onClass?: ClassDecorator;
  readonly onHandler?: MethodDecorator;
  readonly scope?: Scope;
  readonly make?: Making;
}

/** A controller whose handler adds a task and throws. */
export function siteWith({
  onClass = nothing,
  onHandler = nothing,
  scope,
  make = (site) => site,
}: Decorated): Type<Site> {
  class Bare implements Site {
    @Get('handler')
    @onHandler
    handler(@Tasks() tasks: BackgroundTasks): string {
      add(tasks, 'handler');
      throw new Error('on purpose');
    }
  }
  const made = make(Bare);
  Controller({ path: '', ...(scope === undefined ? {} : { scope }) })(made);
  UseFilters(AnswersFine)(made);
  onClass(made);
  return made;
}

const redefine =
  (change: PropertyDescriptor): Making =>
  (site) => {
    Object.defineProperty(site.prototype, 'handler', change);
    return site;
  };

/** Makes a controller that is a proxy, whose `get` trap hands out what `get` makes of a method. */
const proxied =
  (get?: (method: unknown, self: object) => unknown): Making =>
  (site) =>
    class Proxied extends site {
      constructor() {
        super();
        const trap = { get: (target: object, key: string | symbol) => get?.(Reflect.get(target, key), target) };
        return new Proxy<this>(this, get === undefined ? {} : trap);
      }
    };

const bind = (value: unknown, self: object): unknown =>
  typeof value === 'function' && value.name === 'handler' ? (value as () => void).bind(self) : value;

export const making: Array<[string, Making, Means]> = [
  [
    'is hidden by an arrow function',
    (site) =>
      class extends site {
        override handler = (tasks: BackgroundTasks): string => {
          add(tasks, 'handler');
          throw new Error('on purpose');
        };
      },
    'interceptor',
  ],
  [
    'is bound in the constructor',
    (site) =>
      class extends site {
        constructor() {
          super();
          this.handler = this.handler.bind(this);
        }
      },
    'interceptor',
  ],
  ['is that of a proxy', proxied(), 'stand-in'],
  ['is that of a proxy which hands out what there is', proxied((method) => method), 'stand-in'],
  ['is that of a proxy which hands out another', proxied(bind), 'interceptor'],
  ['can neither be written nor configured', redefine({ writable: false, configurable: false }), 'interceptor'],
  ['cannot be configured', redefine({ configurable: false }), 'stand-in'],
  ['cannot be written', redefine({ writable: false }), 'stand-in'],
  ['is on a frozen prototype', (site) => (Object.freeze(site.prototype), site), 'interceptor'],
];
