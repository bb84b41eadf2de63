// fails on what makes `npm ci` fail later (EUSAGE) or elsewhere: an optional dependency that a locked package names
// and the lock file lacks, and a package that is tied to the registry it was once installed from
import { readFileSync } from 'node:fs';

for (const file of process.argv.slice(2)) {
  const { packages } = JSON.parse(readFileSync(file, 'utf8'));
  const isLocked = (path, dependency) =>
    enclosing(path).some((base) => `${base}node_modules/${dependency}` in packages);
  for (const [path, { optionalDependencies = {}, resolved }] of Object.entries(packages)) {
    const missing = Object.keys(optionalDependencies).filter((dependency) => !isLocked(path, dependency));
    if (missing.length > 0) fail(`${file}: ${path} lacks ${missing.join(', ')}`);
    if (resolved !== undefined) fail(`${file}: ${path} names a registry`);
  }
}

/** Where Node looks for the dependencies of the package at `path`: in it, beside it, and so on up to the root. */
function enclosing(path) {
  const bases = ['', ...Array.from(path.matchAll(/\/(?=node_modules\/)/g), ({ index }) => path.slice(0, index + 1))];
  return path === '' ? bases : [...bases, `${path}/`];
}

function fail(message) {
  console.error(message);
  process.exitCode = 1;
}
