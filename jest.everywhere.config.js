import base from './jest.config.js';

/** The same specs, with `bind: 'everywhere'` as the default: the rules hold in both modes. */
export default {
  ...base,
  setupFilesAfterEnv: ['<rootDir>/test/harness/bind-everywhere.ts'],
  testPathIgnorePatterns: [
    // what describes a room does not depend on what is bound
    '/libs/',
    // nor does what is stored
    '/test/crash/',
    '/test/durable/(memory-engine|network)\\.spec\\.ts$',
    // they run the packed library, which has its own default
    '/test/module/(package|installed)\\.spec\\.ts$',
  ],
};
