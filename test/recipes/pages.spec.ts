import { describe, expect, it } from '@jest/globals';
import { expectCodeOf } from '../harness/recipe.js';

const inRecipes = (...files: string[]): string[] => files.map((file) => `test/recipes/${file}`);

describe('the code of a page is that of the tests:', () => {
  it('docs/recipes/observing.md', async () => {
    const sources = inRecipes('metrics.ts', 'health.ts', 'error-tracking.ts', 'error-tracking.spec.ts', 'logging.ts');
    await expect(expectCodeOf('observing.md', ...sources)).resolves.toBeUndefined();
  });

  it('docs/recipes/mikro-orm.md', async () => {
    const sources = inRecipes('mikro-orm.ts', 'mikro-orm.spec.ts');
    await expect(expectCodeOf('mikro-orm.md', ...sources)).resolves.toBeUndefined();
  });
});
