export { InspectorModule } from './inspector.module.js';
export type { Authorize, InspectorModuleOptions } from './inspector.options.js';
export { onlyThisMachine } from './only-this-machine.js';
