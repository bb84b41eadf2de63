import base from './jest.config.js';

/** All specs of `npm test`, and the one that installs the package: of the two that know it, this is the dear one. */
export default { ...base, testPathIgnorePatterns: [] };
