import base from './jest.config.js';

/** The specs beside the rooms, for a run against mutants: a promise that never settles must fail soon. */
export default {
  ...base,
  roots: ['<rootDir>/libs/background-tasks/src'],
  testTimeout: 1000,
  // these talk to servers, and are not mutated
  testPathIgnorePatterns: ['/src/(bullmq|pg-boss)/'],
};
