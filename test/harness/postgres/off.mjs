export { closeDoor as default } from './on-demand.mjs';
