export { type CapturedTask, CapturingRunner } from './capturing-runner.js';
