import { DEFAULT_OPTIONS } from '../../libs/background-tasks/src/background-tasks.options.js';

Object.assign(DEFAULT_OPTIONS, { bind: 'everywhere' });
