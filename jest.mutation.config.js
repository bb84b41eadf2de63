import base from './jest.config.js';

/** The specs beside the rooms, for a run against mutants: a promise that never settles must fail soon. */
export default {
  ...base,
  roots: ['<rootDir>/libs/background-tasks/src', '<rootDir>/test'],
  // those in test/ that need no server
  testRegex: '(/libs/.*|/test/calls/scope)\\.spec\\.ts$',
  testTimeout: 1000,
};
