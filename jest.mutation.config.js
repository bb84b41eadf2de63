import base from './jest.config.js';

/** The specs beside the rooms, for a run against mutants: a promise that never settles must fail soon. */
export default {
  ...base,
  roots: ['<rootDir>/libs/background-tasks/src'],
  testTimeout: 1000,
  // they take the time of a server
  testPathIgnorePatterns: ['/[a-z-]+-engine\\.([a-z]+\\.)?spec\\.ts$'],
};
