import { expect, it } from '@jest/globals';
import { describeWith, exportsOf, isInstalled, nestFolders } from '../../../../../test/harness/installed-nests.js';
import { EVENT_KIND } from './kinds-of-answers.js';
import { KEYS, NEXT_KIND, RESPONSE_KIND } from './metadata.js';

const CONSTANTS = [
  '@nestjs/common/constants.js',
  '@nestjs/websockets/constants.js',
  '@nestjs/microservices/constants.js',
  '@nestjs/graphql/dist/graphql.constants.js',
];
const KINDS = [
  '@nestjs/common/enums/route-paramtypes.enum.js',
  '@nestjs/graphql/dist/enums/gql-paramtype.enum.js',
  '@nestjs/microservices/enums/pattern-handler.enum.js',
];

const nests = await Promise.all(
  nestFolders.map(async (folder) => {
    const files = isInstalled(folder) ? await exportsOf(folder, [...CONSTANTS, ...KINDS]) : [];
    return { folder, constants: files.slice(0, CONSTANTS.length), kinds: files.slice(CONSTANTS.length) };
  }),
);

for (const { folder, constants, kinds } of nests) {
  /** All values that constants of this name have. */
  const valuesOf = (constant: string): unknown[] => [...new Set(constants.flatMap((each) => each[constant] ?? []))];

  describeWith(folder)(`what NestJS of ${folder.name} writes down`, () => {
    it.each(Object.entries(KEYS))('has the key %s: %j', (constant, key) => {
      expect(valuesOf(constant)).toEqual([key]);
    });

    it('has the same key for the parameters of whatever brings a call', () => {
      expect(valuesOf('PARAM_ARGS_METADATA')).toEqual([KEYS.ROUTE_ARGS_METADATA]);
    });

    it('has the same kind for a response and for the context of a resolver, and one for events', () => {
      expect(kinds).toMatchObject([
        { RouteParamtypes: { RESPONSE: Number(RESPONSE_KIND), NEXT: Number(NEXT_KIND) } },
        { GqlParamtype: { CONTEXT: Number(RESPONSE_KIND) } },
        { PatternHandler: { EVENT: EVENT_KIND } },
      ]);
    });
  });
}
