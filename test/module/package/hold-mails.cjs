/**
 * Loaded before the complete example of the README: prints the port on which it listens, and has what it waits for last
 * until the test sends a message.
 */
const { once } = require('node:events');
const { syncBuiltinESMExports } = require('node:module');
const { Server } = require('node:net');
const timers = require('node:timers/promises');

timers.setTimeout = () => once(process, 'message');
syncBuiltinESMExports();

const { listen } = Server.prototype;
Server.prototype.listen = function (...args) {
  this.once('listening', () => console.log(`port ${this.address().port}`));
  return listen.apply(this, args);
};
