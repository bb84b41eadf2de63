import { DEFAULT_OPTIONS } from '../../libs/background-tasks/src/core/options/background-tasks.options.js';

Object.assign(DEFAULT_OPTIONS, { bind: 'everywhere' });
