// prints one line: how many tests passed and failed, in all of jest's results given
import { existsSync, readFileSync } from 'node:fs';

const results = process.argv.slice(2).filter(existsSync);
const totals = results.map((file) => JSON.parse(readFileSync(file, 'utf8')));
const sum = (count) => totals.reduce((total, result) => total + count(result), 0);
const passed = sum(({ numPassedTests }) => numPassedTests);
// a spec file that could not be loaded has no tests to count
const failed = sum(({ numFailedTests, numRuntimeErrorTestSuites }) => numFailedTests + numRuntimeErrorTestSuites);
console.log(`${passed} passed, ${failed} failed`);
