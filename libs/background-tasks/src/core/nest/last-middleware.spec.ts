import { describe, expect, it } from '@jest/globals';
import { modulesOf } from '../../../../../test/harness/modules.js';
import { callMiddlewareLast } from './last-middleware.js';

class Last {}
class Shared {}
class Deep {}

describe('the module whose middleware is last', () => {
  it('is farther from the root than any other, and not as far as global ones', async () => {
    const deep = { module: class Between {}, imports: [{ module: Deep }] };
    const modules = await modulesOf({ imports: [{ module: Last }, { module: Shared, global: true }, deep] });
    callMiddlewareLast(Last, modules);
    const distanceOf = (module: object): number =>
      [...modules.values()].find(({ metatype }) => metatype === module)?.distance ?? NaN;
    expect(distanceOf(Last)).toBeGreaterThan(distanceOf(Deep));
    expect(distanceOf(Last)).toBeLessThan(distanceOf(Shared));
  });

  it('stays where it is, if it is global', async () => {
    const modules = await modulesOf({ imports: [{ module: Shared, global: true }] });
    const distances = (): number[] => Array.from(modules.values(), ({ distance }) => distance);
    const before = distances();
    callMiddlewareLast(Shared, modules);
    expect(distances()).toEqual(before);
  });
});
